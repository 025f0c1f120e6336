package ips

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vxwall/pipeline/flow"
	"vxwall/rules/suricata"
)

// printable returns random bytes of a text, other ones for each seed.
func printable(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('!' + r.IntN(94))
	}
	return b
}

// literalRules are n rules with one content of 6 to 12 bytes, as in docs of the project's targets.
func literalRules(n int) string {
	r := rand.New(rand.NewPCG(1, 1))
	var b strings.Builder
	for sid := range n {
		fmt.Fprintf(&b, "alert tcp any any -> any any (content:\"|% x|\"; sid:%d;)\n", printable(6+r.IntN(7), uint64(sid)), sid+1)
	}
	return b.String()
}

// realRules are those of $VXWALL_RULES (a pattern of files), or few of our own.
func realRules(b *testing.B) []suricata.Signature {
	files, _ := filepath.Glob(os.Getenv("VXWALL_RULES"))
	var sigs []suricata.Signature
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		list, _ := suricata.Parse(f, text, nil)
		sigs = append(sigs, list...)
	}
	if len(files) == 0 {
		sigs, _ = suricata.Parse("literals", []byte(literalRules(1000)), nil)
	}
	return sigs
}

func benchWorld(b *testing.B, sigs []suricata.Signature) *world {
	e, _ := Compile(sigs, Options{})
	w := &world{t: b, engine: e, state: NewState(Limits{Sessions: 8}), now: 1e18, record: flow.Record{ID: 1, State: flow.Established, Key: key(6)}}
	w.detector = NewDetector(e, w.state)
	return w
}

func BenchmarkStream(b *testing.B) {
	for _, n := range []int{0, 1000, 30000} {
		sigs, _ := suricata.Parse("literals", []byte(literalRules(n)), nil)
		w := benchWorld(b, sigs)
		for _, size := range []int{64, 1400} {
			b.Run(fmt.Sprintf("rules=%d/bytes=%d", n, size), func(b *testing.B) { benchStream(b, w, size) })
		}
	}
}

func BenchmarkRealRules(b *testing.B) {
	w := benchWorld(b, realRules(b))
	for _, size := range []int{64, 1400} {
		b.Run(fmt.Sprintf("stream/bytes=%d", size), func(b *testing.B) { benchStream(b, w, size) })
	}
	b.Run("request", func(b *testing.B) {
		tx, _ := newTx(0, "http.uri=/index.html?id=12345&name=value", "http.method=GET", "http.host=www.example.com", "http.user_agent=Mozilla/5.0 (X11; Linux x86_64)",
			"http.header=Host: www.example.com\r\nAccept: text/html\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n")
		in := w.request(0, tx)
		for b.Loop() {
			w.detector.Inspect(in, &w.out)
			w.state.EndTx(tx)
		}
	})
}

func benchStream(b *testing.B, w *world, size int) {
	in := w.stream(0, 0, "", string(printable(size, 99)))
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		w.detector.Inspect(in, &w.out)
	}
}

func BenchmarkCompile(b *testing.B) {
	sigs := realRules(b)
	for b.Loop() {
		Compile(sigs, Options{})
	}
	b.ReportMetric(float64(len(sigs)), "rules")
}
