package suricata

import "bytes"

// normal brings a content into the form in which its buffer holds text, and
// says what can never match there, "" if nothing: as Suricata does, for buffers
// without transforms.
func (m *Match) normal() string {
	c := m.Content
	if len(m.Transforms) > 0 {
		return ""
	}
	switch m.Buffer {
	case "ja3.hash", "ja3s.hash":
		c.Pattern = bytes.ToLower(c.Pattern)
		if len(c.Pattern) != 32 {
			return "a hash of another length: expected 32 hexadecimal digits"
		}
	case "tls.cert_fingerprint":
		c.Pattern = bytes.ToLower(c.Pattern)
		if m.Use != 0 && (len(c.Pattern) != 59 || c.Pattern[2] != ':') {
			return "a fingerprint of another form: expected 20 bytes in hexadecimal with colons between them"
		}
	case "tls.cert_serial":
		c.Pattern = bytes.ToUpper(c.Pattern)
		if len(c.Pattern) > 2 && !bytes.Contains(c.Pattern, []byte(":")) {
			return "a serial number without colons: expected one between each two bytes"
		}
	case "http.host":
		if c.Nocase || !bytes.Equal(c.Pattern, bytes.ToLower(c.Pattern)) {
			return "capitals or nocase in http.host: expected small letters, which the buffer holds"
		}
	case "http.method":
		if len(bytes.Trim(c.Pattern, " \t")) != len(c.Pattern) {
			return "a space before or behind a method: expected the method alone"
		}
	}
	return ""
}
