package bench

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"vxwall/appliance"
	"vxwall/pipeline"
)

// BenchmarkReplay replays a capture of a million packets of 10,000 flows from
// the page cache through a policy, as `vxwall replay` does.
func BenchmarkReplay(b *testing.B) {
	replayMillion(b, func(*appliance.Replay, string) {})
}

// BenchmarkReplayOut is the same with what is forwarded written to a capture,
// and events to a file.
func BenchmarkReplayOut(b *testing.B) {
	replayMillion(b, func(r *appliance.Replay, dir string) {
		r.Out, r.EVE = filepath.Join(dir, "out.pcap"), filepath.Join(dir, "eve.json")
	})
}

func replayMillion(b *testing.B, outputs func(r *appliance.Replay, dir string)) {
	const n = 1_000_000
	dir := b.TempDir()
	replay := appliance.Replay{
		Config: appliance.DefaultConfig(), Policy: writePolicy(b, filepath.Join(dir, "policy.toml")),
		In: writeCapture(b, filepath.Join(dir, "in.pcap"), udpFrames(10_000, 22), n),
	}
	outputs(&replay, dir)
	b.ResetTimer()
	for range b.N {
		r, err := replay.Run()
		if err != nil || r.Counters.Forwarded.Packets != n {
			b.Fatal(err, r.Counters.Forwarded)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpps")
}

func writePolicy(b *testing.B, path string) *appliance.Checked {
	if err := os.WriteFile(path, []byte(allowWeb), 0o600); err != nil {
		b.Fatal(err)
	}
	checked, err := appliance.Check(time.Now(), path)
	if err != nil || checked.Failed() {
		b.Fatal(err, checked)
	}
	return checked
}

// writeCapture writes n packets, the frames over and over.
func writeCapture(b *testing.B, path string, frames [][]byte, n int) string {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := pcapgo.NewWriterNanos(f)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		b.Fatal(err)
	}
	start := time.Unix(1_800_000_000, 0)
	for i := range n {
		frame := frames[i%len(frames)]
		info := gopacket.CaptureInfo{Timestamp: start.Add(time.Duration(i) * time.Microsecond), CaptureLength: len(frame), Length: len(frame)}
		if err := w.WritePacket(info, frame); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkDecode takes the headers of one packet apart, Ethernet to the inner
// TCP: our parser against gopacket's fastest.
func BenchmarkDecode(b *testing.B) {
	frame := udpFrames(1, 22)[0]
	cfg := pipeline.Default()
	b.Run("parser=vxwall", func(b *testing.B) {
		var p pipeline.Parser
		b.ReportAllocs()
		for range b.N {
			if _, reason := p.Parse(&cfg, frame, pipeline.LinkEthernet); reason != pipeline.OK {
				b.Fatal(reason)
			}
		}
	})
	b.Run("parser=gopacket", func(b *testing.B) {
		decode := layersParser()
		b.ReportAllocs()
		for range b.N {
			if err := decode(frame); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// layersParser returns gopacket's DecodingLayerParser for our frames: outer
// and inner headers need layers, and so parsers, of their own.
func layersParser() func([]byte) error {
	var outerEth, innerEth layers.Ethernet
	var outerIP, innerIP layers.IPv4
	var outerUDP, innerUDP layers.UDP
	var vxlan layers.VXLAN
	var payload gopacket.Payload
	outer := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &outerEth, &outerIP, &outerUDP, &vxlan)
	inner := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &innerEth, &innerIP, &innerUDP, &payload)
	outer.IgnoreUnsupported, inner.IgnoreUnsupported = true, true
	decoded := make([]gopacket.LayerType, 0, 8)
	return func(frame []byte) error {
		if err := outer.DecodeLayers(frame, &decoded); err != nil {
			return err
		}
		return inner.DecodeLayers(vxlan.LayerPayload(), &decoded)
	}
}
