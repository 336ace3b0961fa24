#!/bin/sh
# As in the published image: a configuration file alone means `registry serve FILE`.
set -e
case "$1" in
*.yml | *.yaml) exec registry serve "$@" ;;
serve | garbage-collect | help | -*) exec registry "$@" ;;
*) exec "$@" ;;
esac
