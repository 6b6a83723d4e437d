#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Builds the page that html_page.c embeds.
#
#   build.sh DIR yes|no|auto     makes DIR/{head.html,tail.html,page.h}
#
# yes: with charts, which takes Node.js, npm and its registry; no: without them, which takes a
# shell; auto: with them if that can be done. DIR must be free of characters that C escapes.
set -eu
src=$(cd "$(dirname "$0")" && pwd)
out=$1 charts=$2
mkdir -p "$out"

# What the page is made of without charts, in an order in which each finds what it needs. A
# bundler is not at hand then, so imports are dropped: top-level names must differ.
PLAIN="format words data table filter summary details app plain"

log() { printf 'html: %s\n' "$*" >&2; }

# fetch - node_modules as package-lock.json pins them; kept until that changes
fetch() {
	local npm=$out/npm
	mkdir -p "$npm"
	if ! cmp -s "$src/package-lock.json" "$npm/fetched"; then
		cp "$src/package.json" "$src/package-lock.json" "$npm"
		(cd "$npm" && npm ci --ignore-scripts --include=dev --no-audit --no-fund \
			--prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000 \
			--fetch-timeout=30000) >"$npm/log" 2>&1 || return 1
		cp "$src/package-lock.json" "$npm/fetched"
	fi
}

with_charts() {
	if ! command -v npm >/dev/null; then
		log "npm is not installed"
		return 1
	elif ! fetch; then
		log "npm ci failed, see $out/npm/log"
		return 1
	fi
	# Where the bundler finds node_modules.
	rm -rf "$out/npm/src"
	cp -R "$src/src" "$src/bundle.mjs" "$out/npm"
	node "$out/npm/bundle.mjs" "$out"
}

without_charts() {
	local module
	{
		# In a block a name that is there twice is an error.
		echo "'use strict'; {"
		for module in $PLAIN; do
			sed -e '/^import /d' -e 's/^export //' "$src/src/$module.js"
		done
		echo "}"
	} >"$out/script.js"
	cp "$src/src/style.css" "$out/style.css"
	: >"$out/licences.txt"
}

# hash FILE - as a Content-Security-Policy wants it
hash() {
	local bytes
	bytes=$(sha256sum "$1" | cut -c1-64 | sed 's/../\\x&/g')
	# shellcheck disable=SC2059 # the bytes are the format
	printf "$bytes" | base64
}

assemble() {
	local line
	if grep -qi '</script\|<!--' "$out/script.js"; then
		log "the script has what would end it within HTML"
		return 1
	fi
	while IFS= read -r line; do
		case $line in
		@POLICY@)
			printf '<meta http-equiv="Content-Security-Policy" content="%s">\n' \
				"default-src 'none'; script-src 'sha256-$(hash "$out/script.js")'; style-src 'sha256-$(hash "$out/style.css")'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'" ;;
		@STYLE@) printf '<style>' && cat "$out/style.css" && printf '</style>\n' ;;
		@SCRIPT@) printf '<script>' && cat "$out/script.js" && printf '</script>\n' ;;
		@LICENCES@) cat "$out/licences.txt" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$src/src/page.html" >"$out/page.html"
	sed '/^@DATA@$/,$d' "$out/page.html" >"$out/head.html"
	sed '1,/^@DATA@$/d' "$out/page.html" >"$out/tail.html"
}

built=true
case $charts in
yes) with_charts ;;
no) built=false && without_charts ;;
auto)
	if ! with_charts; then
		log "report --html will have no charts; to have them: install Node.js and npm, make HTML=yes"
		built=false && without_charts
	fi ;;
*)
	log "with charts? yes, no or auto, not '$charts'"
	exit 2 ;;
esac
assemble
cat >"$out/page.h" <<END
#define HTML_PAGE_DIR "$out"
#define HTML_PAGE_CHARTS $built
END
