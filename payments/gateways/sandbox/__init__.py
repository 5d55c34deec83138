"""The default gateway: our own processor (`processor/`, a program apart) and the adapter that speaks to it over HTTP."""
