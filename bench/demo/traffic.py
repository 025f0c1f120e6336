#!/usr/bin/env python3
"""Clients and servers of the demo recording; only the standard library.

usage: traffic.py serve ADDRESS...                       listen, then detach
       traffic.py KIND FROM PORT TO [--mark GROUP] [--pause SECONDS]

They speak just enough of each protocol for a capture that a protocol analyser
recognises. Source ports are given, so two recordings have the same flows. The
mark of a socket is what the kernel puts on the wire as VXLAN group.
"""
import argparse
import os
import selectors
import signal
import socket
import struct
import sys
import time

import crafted

SO_MARK = 36
LIFETIME = 120  # seconds after which a server ends by itself
TIMEOUT = 5


def pg_message(kind, body=b""):
    return kind + struct.pack(">I", len(body) + 4) + body


PG_STARTUP = pg_message(b"", struct.pack(">I", 3 << 16) + b"user\0shop\0database\0orders\0\0")
PG_READY = pg_message(b"Z", b"I")
PG_QUERY = pg_message(b"Q", b"SELECT id, item, amount FROM orders ORDER BY id LIMIT 20\0")
PG_END = pg_message(b"X")


def pg_row(number):
    columns = [b"%d" % number, b"item number %d" % number, b"%d.50" % (number * 7)]
    body = b"".join(struct.pack(">I", len(c)) + c for c in columns)
    return pg_message(b"D", struct.pack(">H", len(columns)) + body)


PG_RESULT = b"".join(pg_row(n) for n in range(1, 21)) + pg_message(b"C", b"SELECT 20\0") + PG_READY

SSH_DISCONNECT = struct.pack(">I2B3I", 20, 6, 1, 11, 0, 0) + bytes(6)

HTTP_REQUEST = b"GET /orders HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: demo\r\nConnection: close\r\n\r\n"
HTTP_BODY = b"<p>" + b"order accepted; " * 180 + b"</p>\n"
HTTP_ANSWER = (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n"
               b"Connection: close\r\n\r\n" % len(HTTP_BODY) + HTTP_BODY)

DNS_NAME = b"\x04shop\x07example\0"


def dns_query(ident, rtype):
    return struct.pack(">6H", ident, 0x0100, 1, 0, 0, 0) + DNS_NAME + struct.pack(">2H", rtype, 1)


def dns_answer(query):
    rtype = struct.unpack(">H", query[-4:-2])[0]
    data = socket.inet_pton(socket.AF_INET6, "2001:db8:1::5") if rtype == 28 else bytes([10, 1, 0, 5])
    head = query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + query[12:]
    return head + struct.pack(">3HIH", 0xC00C, rtype, 1, 60, len(data)) + data


# What a TCP server says on accept, and what it answers to each message.
TCP_SERVERS = {
    22: (b"SSH-2.0-demo\r\n", lambda data: SSH_DISCONNECT),
    23: (b"\xff\xfd\x18\xff\xfb\x01login: ", lambda data: b"Login incorrect\r\n"),
    80: (b"", lambda data: HTTP_ANSWER),
    5432: (b"", lambda data: {PG_STARTUP: pg_message(b"R", bytes(4)) + PG_READY,
                              PG_QUERY: PG_RESULT}.get(data, b"")),
}
# None takes a datagram without an answer.
UDP_SERVERS = {
    53: dns_answer,
    69: lambda data: b"\0\x05\0\x01File not found\0",
    crafted.SYSLOG: None,
    crafted.VXLAN_PORT: None,
}


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def open_socket(kind, address, port, mark=0):
    sock = socket.socket(family(address), kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(TIMEOUT)
    if mark:
        sock.setsockopt(socket.SOL_SOCKET, SO_MARK, mark)
    sock.bind((address, port))
    return sock


def serve(addresses):
    """Binds every port of every address, then leaves a child behind to serve."""
    ready = selectors.DefaultSelector()
    for address in addresses:
        for port in TCP_SERVERS:
            sock = open_socket(socket.SOCK_STREAM, address, port)
            sock.listen()
            ready.register(sock, selectors.EVENT_READ, accept)
        for port in UDP_SERVERS:
            sock = open_socket(socket.SOCK_DGRAM, address, port)
            ready.register(sock, selectors.EVENT_READ, answer_datagram)
    if os.fork():
        return
    signal.alarm(LIFETIME)
    devnull = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(devnull, descriptor)
    while True:
        for key, _ in ready.select():
            key.data(ready, key.fileobj)


def accept(ready, listener):
    conn, _ = listener.accept()
    greeting, _ = TCP_SERVERS[conn.getsockname()[1]]
    conn.sendall(greeting)
    ready.register(conn, selectors.EVENT_READ, answer_stream)


def answer_stream(ready, conn):
    data = conn.recv(4096)
    if data:
        _, answer = TCP_SERVERS[conn.getsockname()[1]]
        conn.sendall(answer(data))
        return
    ready.unregister(conn)
    conn.close()


def answer_datagram(_, sock):
    data, peer = sock.recvfrom(65535)
    answer = UDP_SERVERS[sock.getsockname()[1]]
    if answer:
        sock.sendto(answer(data), peer)


def converse(call, port, messages, greeted=False):
    """A TCP connection: each message waits for the answer to the one before."""
    with call.socket(socket.SOCK_STREAM) as conn:
        conn.connect((call.to, port))
        if greeted:
            conn.recv(4096)
        for message, answer_length in messages:
            time.sleep(call.pause)
            conn.sendall(message)
            while answer_length > 0:
                data = conn.recv(4096)
                if not data:
                    raise ConnectionError("connection closed in the middle of an answer")
                answer_length -= len(data)
        conn.shutdown(socket.SHUT_WR)
        conn.recv(1)  # the server's own end


def postgres(call):
    converse(call, 5432, [(PG_STARTUP, 9 + len(PG_READY)), (PG_QUERY, len(PG_RESULT)), (PG_END, 0)])


def http(call):
    converse(call, 80, [(HTTP_REQUEST, len(HTTP_ANSWER))])


def ssh(call):
    converse(call, 22, [(b"SSH-2.0-demo-client\r\n", len(SSH_DISCONNECT))], greeted=True)


def telnet(call):
    converse(call, 23, [(b"root\r\n", 1)], greeted=True)


def refused(call):
    """A connection to a port where nobody listens."""
    with call.socket(socket.SOCK_STREAM) as conn:
        try:
            conn.connect((call.to, 5433))
        except ConnectionRefusedError:
            return
        raise ConnectionError("connection to tcp/5433: was accepted")


def dns(call):
    with call.socket(socket.SOCK_DGRAM) as sock:
        for ident, rtype in ((0x1001, 1), (0x1002, 28)):
            sock.sendto(dns_query(ident, rtype), (call.to, 53))
            sock.recv(512)


def tftp(call):
    with call.socket(socket.SOCK_DGRAM) as sock:
        sock.sendto(b"\0\x01startup.cfg\0octet\0", (call.to, 69))
        sock.recv(512)


def unreachable(call):
    """A traceroute probe: the answer is ICMP port unreachable."""
    with call.socket(socket.SOCK_DGRAM) as sock:
        sock.connect((call.to, 33434))
        sock.send(b"where are you?")
        try:
            sock.recv(512)
        except ConnectionRefusedError:
            return
        raise ConnectionError("datagram to udp/33434: was answered")


def large(call):
    """Datagrams larger than the MTU of the VXLAN device: inner fragments."""
    with call.socket(socket.SOCK_DGRAM) as sock:
        for size in (2000, 4000):
            sock.sendto(b"<14>shop: order ".ljust(size, b"."), (call.to, crafted.SYSLOG))


def nested(call):
    """A VXLAN packet as payload: a tunnel through the tunnel."""
    with call.socket(socket.SOCK_DGRAM) as sock:
        inner = crafted.udp_frame(b"hidden", 40061)
        sock.sendto(crafted.vxlan(777) + inner, (call.to, crafted.VXLAN_PORT))


def groupcast(call):
    """A DHCP discover to everybody, and an mDNS question to a multicast group."""
    discover = struct.pack(">4BI", 1, 1, 6, 0, 0x600DF00D) + bytes(20) + bytes.fromhex("02000000010a")
    discover = discover.ljust(236, b"\0") + bytes.fromhex("63825363350101ff")
    with open_socket(socket.SOCK_DGRAM, "0.0.0.0", 68) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.sendto(discover, ("10.255.255.255", 67))
    with open_socket(socket.SOCK_DGRAM, call.source, 5353) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(call.source))
        sock.sendto(dns_query(0, 12), ("224.0.0.251", 5353))


KINDS = {f.__name__: f for f in (postgres, http, ssh, telnet, refused, dns, tftp,
                                 unreachable, large, nested, groupcast)}


class Call:
    """Who speaks to whom."""

    def __init__(self, args):
        self.source, self.port, self.to = args.source, args.port, args.to
        self.mark, self.pause = args.mark, args.pause

    def socket(self, kind):
        return open_socket(kind, self.source, self.port, self.mark)


def main():
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("source")
    parser.add_argument("port", type=int)
    parser.add_argument("to")
    parser.add_argument("--mark", type=int, default=0)
    parser.add_argument("--pause", type=float, default=0, help="seconds before each message")
    args = parser.parse_args()
    KINDS[args.kind](Call(args))


if __name__ == "__main__":
    main()
