# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A page that counts its visits in the database, and a health check that needs the database."""

from django.db import transaction
from django.db.models import F
from django.http import JsonResponse
from django.shortcuts import render

from .models import Page


def home(request):
    """Count the visit, and show how many there have been."""
    with transaction.atomic():
        page, _created = Page.objects.get_or_create(path=request.path)
        Page.objects.filter(pk=page.pk).update(visits=F("visits") + 1)
        page.refresh_from_db()
    return render(request, "visits/home.html", {"page": page})


def healthz(request):
    """The app is healthy if its tables exist."""
    return JsonResponse({"status": "ok", "pages": Page.objects.count()})
