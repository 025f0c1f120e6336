#!/usr/bin/env python3
"""Packets that no well-behaved host sends; only the standard library.

usage: crafted.py list                   names of the malformed kinds
       crafted.py send KIND VTEP         send one kind to a VTEP's UDP port 4789
       crafted.py frames DEVICE          inner frames with VLAN tags, and LLDP

The kernel makes the outer headers: each packet is a datagram of a plain UDP
socket in a VTEP's namespace, or a frame of a packet socket on a VXLAN device.
"""
import socket
import struct
import sys

VXLAN_PORT = 4789
VNI = 100
WEB, DB = bytes([10, 1, 0, 5]), bytes([10, 2, 0, 9])
WEB_MAC, DB_MAC = bytes.fromhex("02000000010a"), bytes.fromhex("02000000020b")
IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0  # not in the socket module
IPV4, VLAN, QINQ, LLDP = 0x0800, 0x8100, 0x88A8, 0x88CC
TCP, UDP = 6, 17
MORE_FRAGMENTS = 0x2000
SYSLOG = 514


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def vxlan(vni, flags=0x08):
    return struct.pack(">B3xI", flags, vni << 8)


def ethernet(payload, kind=IPV4, tags=()):
    """tags: pairs of EtherType and VLAN number, outermost first."""
    head = DB_MAC + WEB_MAC
    for ethertype, vlan in tags:
        head += struct.pack(">2H", ethertype, vlan)
    return head + struct.pack(">H", kind) + payload


def ipv4(payload, proto, fragment=0, ident=0x4242, **wrong):
    """wrong: header_words or total_length, to lie about them."""
    words = wrong.get("header_words", 5)
    length = wrong.get("total_length", 20 + len(payload))
    head = struct.pack(">2B3H2BH", 0x40 | words, 0, length, ident, fragment, 64, proto, 0) + WEB + DB
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def with_checksum(segment, proto, at):
    """Fills the checksum at an offset of a TCP or UDP packet from web to db."""
    pseudo = WEB + DB + struct.pack(">2H", proto, len(segment))
    return segment[:at] + struct.pack(">H", checksum(pseudo + segment)) + segment[at + 2:]


def udp(payload, source, destination=SYSLOG):
    return with_checksum(struct.pack(">4H", source, destination, 8 + len(payload), 0) + payload, UDP, 6)


def tcp(payload, source, header_words=5):
    head = struct.pack(">2H2I2B3H", source, 5432, 0x10203040, 0x50607080, header_words << 4, 0x18, 512, 0, 0)
    return with_checksum(head + payload, TCP, 16)


def udp_frame(payload, source, tags=()):
    return ethernet(ipv4(udp(payload, source), UDP), tags=tags)


def overlapping():
    """Three fragments; the second writes over eight bytes of the first."""
    datagram = udp(bytes(range(64)), 41001)
    parts = ((0, 32, True), (24, 56, True), (56, 72, False))
    for start, end, more in parts:
        offset = start // 8 | (MORE_FRAGMENTS if more else 0)
        yield vxlan(VNI) + ethernet(ipv4(datagram[start:end], UDP, offset, ident=0x0BAD))


def kinds():
    """Name of each malformed kind and its UDP payloads."""
    good = udp_frame(b"well formed", 41000)
    return {
        "no-i-bit": [vxlan(VNI, flags=0) + good],
        "vxlan-of-4-bytes": [vxlan(VNI)[:4]],
        "reserved-bits": [vxlan(VNI, flags=0x48) + good],
        "ethernet-of-10-bytes": [vxlan(VNI) + good[:10]],
        "ipv4-cut-short": [vxlan(VNI) + good[:14 + 12]],
        "ipv4-header-of-8-bytes": [vxlan(VNI) + ethernet(ipv4(udp(b"", 41002), UDP, header_words=2))],
        "ipv4-longer-than-frame": [vxlan(VNI) + ethernet(ipv4(udp(b"", 41003), UDP, total_length=900))],
        "tcp-header-of-12-bytes": [vxlan(VNI) + ethernet(ipv4(tcp(b"", 41004, header_words=3), TCP))],
        "overlapping-fragments": list(overlapping()),
        "outer-fragments": [vxlan(VNI) + udp_frame(bytes(1400), 41005) + bytes(200)],
        "tcp-midstream": [vxlan(VNI) + ethernet(ipv4(tcp(b"out of nowhere", 41006), TCP))],
    }


def send(kind, vtep):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # The kernel then splits what exceeds the MTU, instead of refusing it.
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        sock.bind(("", 49152))
        for payload in kinds()[kind]:
            sock.sendto(payload, (vtep, VXLAN_PORT))


def frames(device):
    lldp = bytes.fromhex("020704") + WEB_MAC + bytes.fromhex("040407766d31 06020078 0000")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((device, 0))
        sock.send(udp_frame(b"in VLAN 42", 42001, tags=[(VLAN, 42)]))
        sock.send(udp_frame(b"in VLAN 42 of 7", 42002, tags=[(QINQ, 7), (VLAN, 42)]))
        sock.send(bytes.fromhex("0180c200000e") + WEB_MAC + struct.pack(">H", LLDP) + lldp)


def main():
    if sys.argv[1:] == ["list"]:
        print("\n".join(kinds()))
    elif len(sys.argv) == 4 and sys.argv[1] == "send" and sys.argv[2] in kinds():
        send(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 3 and sys.argv[1] == "frames":
        frames(sys.argv[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
