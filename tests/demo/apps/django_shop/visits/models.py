# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One row for each counted page."""

from django.db import models


class Page(models.Model):
    """A page, and how often it was requested."""

    path = models.CharField(max_length=200, unique=True)
    visits = models.PositiveBigIntegerField(default=0)
