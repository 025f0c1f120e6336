package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// packetReader is a reader of gopacket's.
type packetReader interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

// theirs reads a capture with gopacket.
func theirs(t testing.TB, capture []byte) []seen {
	t.Helper()
	var r packetReader
	var err error
	if isPcapng(capture) {
		r, err = pcapgo.NewNgReader(bytes.NewReader(capture), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	} else {
		r, err = pcapgo.NewReader(bytes.NewReader(capture))
	}
	var list []seen
	for err == nil {
		var b []byte
		var ci gopacket.CaptureInfo
		if b, ci, err = r.ReadPacketData(); err == nil {
			list = append(list, seen{bytes: string(b), time: ci.Timestamp.UnixNano(), handle: uint64(len(list) + 1), original: uint32(ci.Length)})
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return list
}

// written are captures written by gopacket, of random packets.
func written(t testing.TB) map[string][]byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var micro, nano, ng bytes.Buffer
	pcap, pcapNano := pcapgo.NewWriter(&micro), pcapgo.NewWriterNanos(&nano)
	pcapng, err := pcapgo.NewNgWriter(&ng, layers.LinkTypeEthernet)
	err = errors.Join(err, pcap.WriteFileHeader(65536, layers.LinkTypeEthernet), pcapNano.WriteFileHeader(65536, layers.LinkTypeEthernet))
	second, err2 := pcapng.AddInterface(pcapgo.NgInterface{Name: "other", LinkType: layers.LinkTypeEthernet})
	err = errors.Join(err, err2)
	for i := range 300 {
		b := make([]byte, random.IntN(1500))
		ci := gopacket.CaptureInfo{
			Timestamp:     time.Unix(1700000000, int64(i)*123456789),
			CaptureLength: len(b), Length: len(b) + random.IntN(2)*100,
		}
		err = errors.Join(err, pcap.WritePacket(ci, b), pcapNano.WritePacket(ci, b))
		ci.InterfaceIndex = random.IntN(2) * second
		err = errors.Join(err, pcapng.WritePacketWithOptions(ci, b, pcapgo.NgPacketOptions{Comments: []string{"a comment"}}))
	}
	if err = errors.Join(err, pcapng.Flush()); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"pcap": micro.Bytes(), "pcap of nanoseconds": nano.Bytes(), "pcapng": ng.Bytes()}
}

// TestOracle compares what is read with what gopacket reads, and what is
// forwarded with what came.
func TestOracle(t *testing.T) {
	captures := written(t)
	captures["demo"] = load(t, demo)
	for name, capture := range captures {
		t.Run(name, func(t *testing.T) {
			q, err := inMemory(capture)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := receive(t, q)
			if want := theirs(t, capture); err != nil || len(want) == 0 || !slices.Equal(got, want) {
				t.Fatalf("%d packets differ from gopacket's %d, error %v", len(got), len(want), err)
			}
			if name == "demo" {
				return // it has fragments, which leave later than they came
			}
			out := t.TempDir() + "/out"
			forward(t, Options{In: file(t, "in", capture), Out: out})
			if !bytes.Equal(load(t, out), capture) {
				t.Error("forwarded differs")
			}
		})
	}
}
