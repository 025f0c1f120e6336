package ips

import (
	"strings"
	"time"

	"vxwall/inspect/app"
	"vxwall/rules/suricata"
)

// dates are the keywords about the time that a certificate holds, by number.
var dates = map[string]app.NumberID{
	"tls_cert_notbefore": app.TLSNotBefore, "tls_cert_notafter": app.TLSNotAfter,
	"tls.cert_notbefore": app.TLSNotBefore, "tls.cert_notafter": app.TLSNotAfter,
}

// date compiles tls_cert_notafter:>2015 and the like, nil if the date cannot be read. Times are UTC.
func date(m *suricata.Match) txCondition {
	text := strings.Trim(strings.Join(m.Args, ","), `" `)
	n := &txNumber{id: dates[m.Keyword]}
	low, high, between := strings.Cut(text, "<>")
	var ok bool
	switch {
	case between:
		n.number.Op = suricata.Between
		if n.number.B, ok = moment(high); !ok {
			return nil
		}
	case strings.HasPrefix(low, "<"):
		n.number.Op, low = suricata.Less, low[1:]
	case strings.HasPrefix(low, ">"):
		n.number.Op, low = suricata.Greater, low[1:]
	}
	if n.number.A, ok = moment(low); !ok {
		return nil
	}
	return n
}

// moment reads a date as far as it is given: 2015, 2015-10, 2015-10-22, 2015-10-22 23:59:59.
func moment(text string) (seconds int64, ok bool) {
	text = strings.Replace(strings.TrimSpace(text), "T", " ", 1)
	for _, layout := range []string{"2006", "2006-01", "2006-01-02", "2006-01-02 15", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Unix(), true
		}
	}
	return 0, false
}
