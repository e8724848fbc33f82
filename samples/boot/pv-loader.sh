#!/bin/sh
# A bootloader for paravirtual guests that boots them from the network, as pypxeboot does: xl calls it in Dom0 before there is
# a domain. It attaches a link of its own as the machine's interface, asks DHCP there with the guest's hardware address, fetches
# the file that it is told, and with it kernel and initrd, by TFTP, and prints where they lie.
#
# In xl.cfg:  bootloader = "/etc/xen/scripts/pv-loader"   bootloader_args = ["NAME", "MAC"]
# The file:   kernel=debian/linux
#             ramdisk=debian/initrd.gz
#             args=console=hvc0
set -eu
output=/dev/stdout
directory=/var/run/xen/pv-loader
name='' mac=''
for word in "$@"; do
    case $word in
    --output=*) output=${word#*=} ;;
    --output-directory=*) directory=${word#*=} ;;
    -*) ;;
    /*) ;; # the guest's disk
    *) if [ -z "$name" ]; then name=$word; else mac=$word; fi ;;
    esac
done
[ -n "$mac" ] || { echo "usage: pv-loader [--output=FILE] [--output-directory=DIR] NAME MAC" >&2; exit 2; }

place=$directory/$name
netns=load-$$
link=pxe$$
mkdir -p "$place"
clean_up() {
    xennet vif detach "$link" > /dev/null 2>&1 || true
    ip netns del "$netns" 2> /dev/null || true
}
trap clean_up EXIT
ip netns add "$netns"
ip link add "$link" type veth peer name eth0 address "$mac" netns "$netns"
xennet vif attach "$name" "$link" "$mac" > /dev/null
ip -n "$netns" link set eth0 up

cat > "$place/udhcpc" << 'SCRIPT'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev eth0
printf 'server=%s\nfile=%s\n' "$siaddr" "$boot_file" > "$ANSWER"
SCRIPT
chmod 700 "$place/udhcpc"
rm -f "$place/answer"
ANSWER=$place/answer ip netns exec "$netns" udhcpc -q -n -f -t 5 -T 2 -i eth0 -O tftp -O bootfile -s "$place/udhcpc" >&2
server=$(sed -n 's/^server=//p' "$place/answer")
file=$(sed -n 's/^file=//p' "$place/answer")
[ -n "$file" ] || { echo "pv-loader: $name has no boot file: xennet vif list says why" >&2; exit 1; }

fetch() {
    ip netns exec "$netns" busybox tftp -g -b 1408 -r "$1" -l "$2" "$server" >&2
}
fetch "$file" "$place/config"
value() {
    sed -n "s/^$1=//p" "$place/config"
}
kernel=$(value kernel)
ramdisk=$(value ramdisk)
fetch "$kernel" "$place/kernel"
[ -z "$ramdisk" ] || fetch "$ramdisk" "$place/ramdisk"
# What xl reads from a bootloader (docs/man/xl.cfg.5): linux (kernel FILE)(ramdisk FILE)(args "…").
{
    printf 'linux (kernel %s)' "$place/kernel"
    [ -z "$ramdisk" ] || printf '(ramdisk %s)' "$place/ramdisk"
    printf '(args "%s")\n' "$(value args)"
} > "$output"
