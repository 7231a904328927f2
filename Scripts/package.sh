#!/bin/bash
# Installs or packages the release build.
#   package.sh install PROGRAM [DESTDIR] [PREFIX]   the files of an installation (PREFIX: /usr/local)
#   package.sh dist PROGRAM DIRECTORY               latchkey-VERSION-linux-ARCHITECTURE.tar.gz, with its checksum
#   package.sh deb PROGRAM DIRECTORY                latchkey_VERSION_ARCHITECTURE.deb
# The same sources and the same program make the same bytes. VERSION overrides the program's own, TRAITS are those that
# it was built with, and COMPRESSION=1 saves time where the size does not matter.
set -euo pipefail
cd "$(dirname "$0")/.."

action=${1:-}
program=${2:-}
if [[ -z $action || ! -x $program ]]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
version=${VERSION:-$("$program" --version)}
# All files are as old as the sources.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

architecture() {
    case $(uname -m) in
        x86_64) echo amd64 ;;
        aarch64) echo arm64 ;;
        *) uname -m ;;
    esac
}

# The licences that the binary has to bring along.
third_party() {
    local package text
    echo "Latchkey contains or uses the following. sbom.cdx.json has the versions."
    for package in .build/checkouts/*/; do
        for text in "$package"NOTICE.txt "$package"LICENSE.txt; do
            [[ -e $text ]] || continue
            printf '\n== %s: %s\n\n' "$(basename "$package")" "$(basename "$text")"
            cat "$text"
        done
    done
    printf '\n== Common passwords\n\n'
    cat Sources/CPasswords/ORIGIN.md
    printf '\n== Dates in languages\n\n'
    cat Sources/Calendar/Languages/ORIGIN.md
}

# install_files DESTDIR PREFIX: everything that is the same in all packages.
install_files() {
    local root=$1$2 documents=$1$2/share/doc/latchkey name
    install -d "$root/bin" "$root/share/latchkey" "$documents" "$root/share/man/man1" "$root/lib/systemd/system" \
        "$root/share/bash-completion/completions" "$root/share/zsh/site-functions" \
        "$root/share/fish/vendor_completions.d"
    install -m 0755 "$program" "$root/bin/latchkey"
    strip --strip-unneeded "$root/bin/latchkey"
    for name in Templates Public; do
        (cd "$name" && find . -type f -exec install -D -m 0644 {} "$root/share/latchkey/$name/{}" \;)
    done
    install -m 0644 README.md CHANGELOG.md CONTRIBUTING.md LICENSE SECURITY.md "$documents"
    # What README links to.
    find docs -type f -exec install -D -m 0644 {} "$documents/{}" \;
    third_party >"$documents/third-party.txt"
    # shellcheck disable=SC2086
    Scripts/sbom.py "$program" "$version" ${TRAITS:-} >"$documents/sbom.cdx.json"
    Scripts/manual.py "$program" | gzip -9n >"$root/share/man/man1/latchkey.1.gz"
    "$program" --generate-completion-script bash >"$root/share/bash-completion/completions/latchkey"
    "$program" --generate-completion-script zsh >"$root/share/zsh/site-functions/_latchkey"
    "$program" --generate-completion-script fish >"$root/share/fish/vendor_completions.d/latchkey.fish"
    sed "s|/usr/local/bin|$2/bin|" Deploy/systemd/latchkey.service >"$root/lib/systemd/system/latchkey.service"
    install -m 0644 Deploy/systemd/latchkey.socket "$root/lib/systemd/system"
}

case $action in
    install)
        destination=${3:-}
        install_files "${destination%/}" "${4:-/usr/local}"
        ;;
    dist)
        directory=$(mkdir -p "$3" && cd "$3" && pwd)
        name=latchkey-$version-linux-$(architecture)
        # Relative to the directory that it is unpacked in, which may be /usr/local.
        install_files "$work/$name" ""
        sed -i 's|^ExecStart=/bin|ExecStart=/usr/local/bin|' "$work/$name/lib/systemd/system/latchkey.service"
        tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
            --format=gnu -cf - "$name" | gzip "-${COMPRESSION:-9}" -n >"$directory/$name.tar.gz"
        (cd "$directory" && sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256")
        ;;
    deb)
        directory=$(mkdir -p "$3" && cd "$3" && pwd)
        tree=$work/tree
        install_files "$tree" /usr
        mv "$tree/usr/share/zsh/site-functions" "$tree/usr/share/zsh/vendor-completions"
        # The package makes the user, which also commands are run as.
        sed -i -e '/^DynamicUser=/d' -e 's/^# A user of its own.*/# The user that the package makes./' \
            "$tree/usr/lib/systemd/system/latchkey.service"
        gzip -9n "$tree/usr/share/doc/latchkey/CHANGELOG.md"
        mv "$tree/usr/share/doc/latchkey/CHANGELOG.md.gz" "$tree/usr/share/doc/latchkey/changelog.gz"
        rm "$tree/usr/share/doc/latchkey/LICENSE"
        cp Deploy/debian/copyright "$tree/usr/share/doc/latchkey/copyright"
        install -D -m 0755 Deploy/debian/latchkeyctl "$tree/usr/sbin/latchkeyctl"
        install -D -m 0640 Deploy/debian/latchkey.env "$tree/etc/latchkey/latchkey.env"
        mkdir "$tree/DEBIAN" "$work/debian"
        install -m 0755 Deploy/debian/{postinst,prerm,postrm} "$tree/DEBIAN"
        echo /etc/latchkey/latchkey.env >"$tree/DEBIAN/conffiles"
        # The tool looks for the source package that there is not.
        printf 'Source: latchkey\n\nPackage: latchkey\nArchitecture: any\n' >"$work/debian/control"
        depends=$(cd "$work" && dpkg-shlibdeps -O tree/usr/bin/latchkey 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
        [[ -n $depends ]] || { echo "dpkg-shlibdeps found no libraries." >&2; exit 1; }
        sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$(architecture)/" -e "s/@DEPENDS@/$depends/" \
            -e "s/@SIZE@/$(du -sk --apparent-size "$tree/usr" | cut -f1)/" Deploy/debian/control >"$tree/DEBIAN/control"
        (cd "$tree" && find usr -type f -printf '%P\n' | LC_ALL=C sort | sed 's|^|usr/|' | xargs -d '\n' md5sum) \
            >"$tree/DEBIAN/md5sums"
        find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
        dpkg-deb --root-owner-group -Zxz "-z${COMPRESSION:-6}" --build "$tree" \
            "$directory/latchkey_${version}_$(architecture).deb"
        ;;
    *)
        echo "usage: package.sh install|dist|deb PROGRAM …" >&2
        exit 2
        ;;
esac
