package tls

import (
	"strconv"
	"time"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// versionNames are EVE's names of versions.
var versionNames = map[uint16]string{
	0x0002: "SSLv2", 0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3",
}

// Describe implements app.Content. The event is due when the server's part is known.
func (p *parser) Describe(f app.Fields) bool {
	c := &p.chain
	for _, field := range []struct {
		key   string
		value []byte
	}{
		{"subject", c.subject}, {"issuerdn", c.issuer}, {"serial", c.serial}, {"fingerprint", c.fingerprint}, {"sni", p.client.name},
	} {
		if len(field.value) > 0 {
			f.String(field.key, field.value)
		}
	}
	name := versionNames[p.version()]
	if name == "" {
		name = "0x" + strconv.FormatUint(uint64(p.version()), 16)
	}
	f.String("version", []byte(name))
	if c.sound {
		f.String("notbefore", timeText(c.notBefore))
		f.String("notafter", timeText(c.notAfter))
	}
	names(f, "subjectaltname", c.names)
	protocols(f, "client_alpns", &p.client)
	protocols(f, "server_alpns", &p.server)
	pair(f, "ja3", p.prints.ja3Hash, p.prints.ja3)
	pair(f, "ja3s", p.prints.ja3sHash, p.prints.ja3s)
	if len(p.prints.ja4) > 0 {
		f.String("ja4", p.prints.ja4)
	}
	return p.tx.Progress[flow.ToInitiator] == app.Complete || p.tx.Progress[flow.ToInitiator] >= certificateDone
}

func timeText(seconds int64) []byte {
	return time.Unix(seconds, 0).UTC().AppendFormat(nil, "2006-01-02T15:04:05")
}

func names(f app.Fields, key string, values [][]byte) {
	if len(values) == 0 {
		return
	}
	f.List(key)
	for _, v := range values {
		f.String("", v)
	}
	f.End()
}

func protocols(f app.Fields, key string, h *hello) {
	name, ok := h.protocol(0)
	if !ok {
		return
	}
	f.List(key)
	for n := 0; ok; n++ {
		f.String("", name)
		name, ok = h.protocol(n + 1)
	}
	f.End()
}

func pair(f app.Fields, key string, hash, text []byte) {
	if len(hash) == 0 {
		return
	}
	f.Object(key)
	f.String("hash", hash)
	f.String("string", text)
	f.End()
}
