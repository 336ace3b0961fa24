"""Exposes the registry by a Traefik IngressRoute: an example of a SolaKube plugin."""
