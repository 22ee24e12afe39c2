#!/bin/sh
# Installs a program of Lockstep, extractor or publisher: install.sh PROGRAM VERSION FOLDER
#
# The archive must have the SHA-256 that the release's checksums.txt gives for it; if it has not, nothing is installed.
# The programs are static, so one archive fits every Linux, Alpine too.
#
#   LOCKSTEP_RELEASES          where releases are, for a mirror of your own
#   LOCKSTEP_CHECKSUMS_SHA256  SHA-256 that checksums.txt must have: pins every archive of the version, whoever may
#                              write to the release or the mirror
set -eu

fail() {
	echo "install.sh: $*" >&2
	exit 1
}

[ $# -eq 3 ] || fail "usage: install.sh PROGRAM VERSION FOLDER"
program=$1 version=$2 folder=$3
releases=${LOCKSTEP_RELEASES:-https://github.com/lockstep-apiops/lockstep/releases/download}

case $(uname -s) in
Linux) os=linux suffix= ;;
Darwin) os=osx suffix= ;;
MINGW* | MSYS* | CYGWIN*) os=win suffix=.exe ;;
*) fail "no archive for $(uname -s): build $program from source" ;;
esac
case $(uname -m) in
x86_64 | amd64) arch=x64 ;;
aarch64 | arm64) arch=arm64 ;;
*) fail "no archive for $(uname -m): build $program from source" ;;
esac
archive=$program-$os-$arch.zip

fetch() { # URL FILE
	if command -v curl >/dev/null; then
		curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"
	else
		wget -q -O "$2" "$1"
	fi || fail "cannot read $1: check the version and that this machine may reach it"
}

sha256() { # FILE
	if command -v sha256sum >/dev/null; then
		sha256sum "$1"
	else
		shasum -a 256 "$1"
	fi | cut -d ' ' -f 1
}

mkdir -p "$folder"
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
fetch "$releases/$version/checksums.txt" "$new/checksums.txt"
pin=${LOCKSTEP_CHECKSUMS_SHA256:-}
[ -z "$pin" ] || [ "$pin" = "$(sha256 "$new/checksums.txt")" ] || fail "checksums.txt of $version is not the one that LOCKSTEP_CHECKSUMS_SHA256 pins"
fetch "$releases/$version/$archive" "$new/$archive"
want=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$new/checksums.txt")
[ -n "$want" ] || fail "checksums.txt of $version does not list $archive"
[ "$want" = "$(sha256 "$new/$archive")" ] || fail "$archive of $version does not have the SHA-256 that checksums.txt gives"
unzip -q "$new/$archive" "$program$suffix" -d "$new"
chmod 755 "$new/$program$suffix"
mv -f "$new/$program$suffix" "$folder/" # at once: another job may run the one that is there
