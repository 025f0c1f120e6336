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
	"vxwall/inspect/segment"
	"vxwall/inspect/segment/segmenttest"
	"vxwall/pipeline"
)

// BenchmarkReplay replays a capture of a million packets of 10,000 flows from
// the page cache through a policy, as `vxwall replay` does.
func BenchmarkReplay(b *testing.B) {
	const n = 1_000_000
	dir := b.TempDir()
	in := writeCapture(b, filepath.Join(dir, "in.pcap"), udpFrames(10_000, 22), n)
	policy := writePolicy(b, filepath.Join(dir, "policy.toml"))
	b.ResetTimer()
	for range b.N {
		r, err := (&appliance.Replay{Config: appliance.DefaultConfig(), Policy: policy, In: in}).Run()
		if err != nil || r.Counters.Forwarded.Packets != n {
			b.Fatal(err, r.Counters.Forwarded)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpps")
}

// BenchmarkReplayOut is the same with what is forwarded written to a capture,
// and events to a file.
func BenchmarkReplayOut(b *testing.B) {
	const n = 1_000_000
	dir := b.TempDir()
	in := writeCapture(b, filepath.Join(dir, "in.pcap"), udpFrames(10_000, 22), n)
	policy := writePolicy(b, filepath.Join(dir, "policy.toml"))
	b.ResetTimer()
	for range b.N {
		r, err := (&appliance.Replay{
			Config: appliance.DefaultConfig(), Policy: policy, In: in,
			Out: filepath.Join(dir, "out.pcap"), EVE: filepath.Join(dir, "eve.json"),
		}).Run()
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

// BenchmarkLookup judges new flows by a policy over 10,000 segments.
func BenchmarkLookup(b *testing.B) {
	for _, rules := range []int{1000, 100_000} {
		b.Run("rules="+map[int]string{1000: "1k", 100_000: "100k"}[rules], func(b *testing.B) {
			set := segmenttest.Synthetic(rules, 10_000, 1)
			policy := segment.Compile(set, time.Now())
			queries := segmenttest.Queries(set, 1<<14, 2)
			var scratch segment.Scratch
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				policy.Lookup(&queries[i%len(queries)], &scratch)
			}
		})
	}
}

// BenchmarkCompile compiles 100,000 rules over 10,000 segments.
func BenchmarkCompile(b *testing.B) {
	set := segmenttest.Synthetic(100_000, 10_000, 1)
	b.ResetTimer()
	for range b.N {
		segment.Compile(set, time.Now())
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/compile")
}
