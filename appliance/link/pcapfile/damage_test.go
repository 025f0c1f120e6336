package pcapfile

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"vxwall/pipeline"
)

// broken is a capture and what the operator is told of it, at least at first.
type broken struct {
	name    string
	capture []byte
	want    string
}

func brokenCaptures(t *testing.T) []broken {
	ng := func() *builder { return little().section().iface(1, 0).enhanced(0, 1, 13, frameB) }
	two := little().pcap(1).record(1, 2, 13, frameB).record(3, 4, 100, strings.Repeat("x", 100)).b
	cut := compress(t, two)
	return []broken{
		{"empty", nil, `open x.pcap: not a capture file: it is empty (accepted: pcap, pcapng, either may be gzip-compressed)`},
		{"text", []byte("[policy]\ndefault = 1"), `open x.pcap: not a capture file: begins with "[policy]\ndefault" (accepted: pcap, pcapng, either may be gzip-compressed)`},
		{"short", []byte{1, 2, 3}, `open x.pcap: not a capture file: begins with "\x01\x02\x03" (accepted: pcap, pcapng, either may be gzip-compressed)`},
		{"compressed text", compress(t, []byte("text")), `open x.pcap: not a capture file: begins with "text" (accepted: pcap, pcapng, either may be gzip-compressed)`},
		{"not gzip after all", []byte{0x1f, 0x8b, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0}, `open x.pcap: gzip: invalid header`},
		{"pcap header cut", two[:23], `open x.pcap: file ends inside the file header (need 24 bytes, 23 left)`},
		{"pcap version", append([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 3, 0}, two[8:]...), `open x.pcap: pcap version 2.3 (accepted: 2.4)`},
		{"link type", little().pcap(105).b, `open x.pcap: link type 105, 802.11 (` + acceptedLinks + `)`},
		{"record cut", two[:len(two)-86], `read x.pcap: packet 2 at offset 53: file ends inside the packet (need 116 bytes, 30 left)`},
		{"record header cut", two[:60], `read x.pcap: packet 2 at offset 53: file ends inside the packet (need 16 bytes, 7 left)`},
		{"compressed file cut", cut[:len(cut)-16], `read x.pcap: packet 2 at offset 53 of the uncompressed capture: file ends inside the packet`},
		{"end of compression cut", cut[:len(cut)-4], `read x.pcap: packet 3 at offset 169 of the uncompressed capture: compressed file ends too soon`},
		{"checksum of compression", append(cut[:len(cut)-8:len(cut)-8], make([]byte, 8)...), `read x.pcap: packet 3 at offset 169 of the uncompressed capture: gzip: invalid checksum`},
		{"captured length", little().pcap(1).u32(1, 2, 1<<30, 1<<30).b, `read x.pcap: packet 1 at offset 24: packet of 1073741824 captured bytes (accepted: up to 262144)`},
		{"original length", little().pcap(1).record(1, 2, 12, frameB).b, `read x.pcap: packet 1 at offset 24: packet of 12 bytes with 13 captured`},
		{"section cut", little().section().b[:20], `open x.pcap: file ends inside the section header (need 28 bytes, 20 left)`},
		{"section order", append(little().section().b[:8], make([]byte, 20)...), `open x.pcap: section header without a byte order`},
		{"section length", append(append(little().section().b[:4], 12, 0, 0, 0), little().section().b[8:]...), `open x.pcap: section header of 12 bytes`},
		{"section version", append(append(big().section().b[:12], 0, 2, 0, 0), big().section().b[16:]...), `open x.pcap: pcapng version 2.0 (accepted: 1.0)`},
		{"block cut", ng().b[:30], `read x.pcap: block before packet 1 at offset 28: file ends inside a block (need 8 bytes, 2 left)`},
		{"large block cut", ng().u32(99, 1<<24, 0, 0).b, `read x.pcap: block before packet 2 at offset 96: file ends inside a block (need 16777216 bytes, 16 left)`},
		{"block length", ng().u32(99, 7, 0).b, `read x.pcap: block before packet 2 at offset 96: block of 7 bytes (expected a multiple of 4, at least 12)`},
		{"block without end", ng().u32(99, 16, 0, 12).b, `read x.pcap: block before packet 2 at offset 96: block of 16 bytes that ends with length 12`},
		{"packet block length", ng().u32(6, 1<<30).b, `read x.pcap: packet 2 at offset 96: block of 1073741824 bytes (accepted: up to 524288)`},
		{"packet block too short", ng().block(6, make([]byte, 12)).b, `read x.pcap: packet 2 at offset 96: packet block of 24 bytes`},
		{"captured beyond the block", ng().block(6, little().body(0, 0, 0, 99, 99)).b, `read x.pcap: packet 2 at offset 96: packet of 99 captured bytes in a block of 32`},
		{"simple packet beyond the block", ng().block(3, little().body(99)).b, `read x.pcap: packet 2 at offset 96: packet of 99 captured bytes in a block of 16`},
		{"unknown interface", ng().enhanced(1, 0, 13, frameB).b, `read x.pcap: packet 2 at offset 96: interface 1 of 1`},
		{"foreign interface", ng().iface(195, 0).enhanced(0, 0, 13, frameB).enhanced(1, 0, 13, frameB).b, `read x.pcap: packet 3 at offset 164: interface 1 has link type 195, 802.15.4 (` + acceptedLinks + `)`},
		{"short interface", ng().block(1, nil).b, `read x.pcap: block before packet 2 at offset 96: interface description too short`},
		{"option beyond the block", ng().iface(1, 0, []byte{9, 0, 8, 0}).b, `read x.pcap: block before packet 2 at offset 96: interface description: an option is longer than the block`},
		{"too many interfaces", interfaces(maxInterfaces + 1), `read x.pcap: block before packet 1 at offset 81948: more than 4096 interfaces in a section`},
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range brokenCaptures(t) {
		t.Run(tt.name, func(t *testing.T) {
			q, err := inMemory(tt.capture)
			for range 2 { // an error stays
				if q != nil {
					_, _, err = receive(t, q)
				}
				if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
					t.Errorf("got  %v\nwant %v", err, tt.want)
				}
			}
		})
	}
}

func interfaces(n int) []byte {
	c := little().section()
	for range n {
		c.iface(1, 0)
	}
	return c.b
}

// TestCut cuts captures at every byte: what is whole comes, then the end, or
// an error with the offset at which the cut record begins.
func TestCut(t *testing.T) {
	pcap := little().pcap(1)
	ng := big().section().iface(1, 0)
	// where the packets begin and end, and where nothing is cut
	pcapEnds, ngEnds := []int{len(pcap.b)}, []int{len(ng.b)}
	ngClean := map[int]bool{28: true, len(ng.b): true}
	for i := range 5 {
		frame := strings.Repeat("f", 7*i)
		pcap.record(1, 0, 100, frame)
		pcapEnds = append(pcapEnds, len(pcap.b))
		ng.enhanced(0, 1, 100, frame)
		ngEnds = append(ngEnds, len(ng.b))
		ngClean[len(ng.b)] = true
	}
	pcapClean := make(map[int]bool)
	for _, end := range pcapEnds {
		pcapClean[end] = true
	}
	for at := range len(pcap.b) {
		checkCut(t, pcap.b[:at], pcapEnds, pcapClean)
	}
	for at := range len(ng.b) {
		checkCut(t, ng.b[:at], ngEnds, ngClean)
	}
}

// checkCut checks a capture that was cut. ends are where its records of packets
// end, the first one where they begin; clean are its places between records.
func checkCut(t *testing.T, capture []byte, ends []int, clean map[int]bool) {
	t.Helper()
	at := len(capture)
	q, err := inMemory(capture)
	if first := slicesMin(clean); at < first {
		if err == nil {
			t.Errorf("cut at %d: opens", at)
		}
		return
	}
	if err != nil {
		t.Fatalf("cut at %d: %v", at, err)
	}
	whole, begin := 0, 0
	for i, end := range ends {
		if end <= at {
			whole = i
		}
	}
	for place := range clean {
		if place <= at {
			begin = max(begin, place)
		}
	}
	got, _, err := receive(t, q)
	if len(got) != whole {
		t.Errorf("cut at %d: %d packets, want %d", at, len(got), whole)
	}
	if clean[at] {
		if err != nil {
			t.Errorf("cut at %d, between records: %v", at, err)
		}
		return
	}
	want := fmt.Sprintf("packet %d at offset %d: file ends inside", whole+1, begin)
	if err == nil || !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), fmt.Sprintf(" %d left)", at-begin)) {
		t.Errorf("cut at %d: got %v, want %q", at, err, want)
	}
}

func slicesMin(places map[int]bool) int {
	least := int(^uint(0) >> 1)
	for place := range places {
		least = min(least, place)
	}
	return least
}

// TestHostileLengths holds that no length in a file makes us reserve memory.
func TestHostileLengths(t *testing.T) {
	const huge = 0xfffffff0
	hostile := map[string][]byte{
		"snaplen of pcap":      little().pcap(1).record(1, 2, 13, frameB).b,
		"captured of pcap":     little().pcap(1).u32(1, 2, huge, huge).b,
		"captured of pcapng":   little().section().iface(1, huge).block(6, little().body(0, 0, 0, huge, huge)).b,
		"length of packet":     little().section().iface(1, huge).u32(6, huge, 0, 0, 0, huge, huge).b,
		"length of simple":     little().section().iface(1, 0).block(3, little().body(huge)).b,
		"length of interface":  little().section().u32(1, huge, 1, 1).b,
		"length of section":    append(append(little().section().b[:4], 0xf0, 0xff, 0xff, 0xff), little().section().b[8:]...),
		"length of names":      little().section().u32(4, huge, 1, 1).b,
		"length of secrets":    little().section().u32(10, huge, 0x544c534b, huge).b,
		"length of unknown":    little().section().u32(0x0bad, huge, 1, 1).b,
		"length of option":     little().section().iface(1, 0, []byte{2, 0, 0xff, 0xff}).b,
		"many interfaces":      interfaces(100000),
		"compressed":           compress(t, make([]byte, 16<<20)),
		"compressed, in pcap":  compress(t, little().pcap(1).record(1, 2, 1<<18, strings.Repeat("x", 1<<18)).b),
		"compressed, in block": compress(t, little().section().block(0x0bad, make([]byte, 16<<20)).b),
	}
	copy(hostile["snaplen of pcap"][16:], "\xff\xff\xff\xff")
	for name, capture := range hostile {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if q, err := inMemory(capture); err == nil {
				b := new(pipeline.Batch)
				for q.Recv(b) == nil {
					b.Reset()
				}
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
				t.Errorf("%d bytes reserved for a file of %d", n, len(capture))
			}
		})
	}
}
