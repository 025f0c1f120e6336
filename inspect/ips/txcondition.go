package ips

import (
	"slices"
	"strconv"
	"strings"

	"vxwall/inspect/app"
	"vxwall/inspect/ips/chain"
	"vxwall/pipeline/flow"
	"vxwall/rules/suricata"
)

// txCondition compiles a condition on a transaction, nil if it is none.
func (b *builder) txCondition(m *suricata.Match) txCondition {
	switch m.Keyword {
	case "app-layer-event":
		name := strings.Join(m.Args, ",")
		event, known := app.EventByName(name)
		if !known || strings.HasPrefix(name, "applayer_") {
			return nil // of the flow
		}
		return txEvent(event)
	case "tls.version", "ssl_version":
		return newVersions(m)
	case "tls_cert_notbefore", "tls_cert_notafter", "tls.cert_notbefore", "tls.cert_notafter":
		return date(m)
	case "filesize":
		return &fileSize{*m.Number}
	}
	if m.Number == nil {
		return nil
	}
	name := m.Keyword
	if name == "urilen" && !m.Number.Norm {
		name = "urilen.raw"
	}
	id := slices.Index(app.NumberNames[:], name)
	if id <= 0 {
		return nil
	}
	n := &txNumber{id: app.NumberID(id), number: *m.Number, at: -1}
	if len(m.Args) == 2 {
		n.place(m.Args[1])
	}
	return n
}

// maxInstances bounds how many instances of a number or buffer are looked at.
const maxInstances = 256

// txNumber compares the instances of a number: one has to fit.
type txNumber struct {
	id     app.NumberID
	number suricata.Number
	placed bool
	at     int  // if placed: which one counts; below 0: from the end
	all    bool // every one has to fit
}

// place reads which of several numbers is meant: 0, -1, all, any.
func (n *txNumber) place(text string) {
	if n.all = text == "all"; n.all {
		return
	}
	at, err := strconv.Atoi(text)
	n.at, n.placed = at, err == nil
}

func (n *txNumber) asks(_ *Detector, tx *app.Tx, dir flow.Direction) chain.Outcome {
	side := dir
	if n.ofRequest() {
		side = flow.ToResponder
	}
	if n.any(tx, side) {
		return chain.Matched
	}
	return unless(tx.Progress[dir] == app.Complete)
}

// ofRequest says whether the number is one of the request, whatever the rule looks into.
func (n *txNumber) ofRequest() bool { return n.id == app.HTTPURILen || n.id == app.HTTPRawURILen }

// any says whether the instances that count fit, in a direction.
func (n *txNumber) any(tx *app.Tx, dir flow.Direction) bool {
	count, fit := 0, 0
	for ; count < maxInstances; count++ {
		v, ok := tx.Number(n.id, dir, count)
		if !ok {
			break
		}
		if chain.Holds(&n.number, v) {
			fit++
		}
	}
	switch {
	case n.all:
		return count > 0 && fit == count
	case n.placed:
		at := n.at
		if at < 0 {
			at += count
		}
		v, ok := tx.Number(n.id, dir, max(at, 0))
		return ok && at >= 0 && chain.Holds(&n.number, v)
	}
	return fit > 0
}

// unless is the outcome of what does not hold: final, or not yet.
func unless(final bool) chain.Outcome {
	if final {
		return chain.Failed
	}
	return chain.Waits
}

// apps are the protocols that have the number: by its name.
func (n *txNumber) apps() []string {
	name, _, _ := strings.Cut(app.NumberNames[n.id], ".")
	if name == "urilen" {
		name = "http"
	}
	return expand(name)
}

// txEvent asks for an event of a transaction.
type txEvent app.Event

func (e txEvent) asks(_ *Detector, tx *app.Tx, dir flow.Direction) chain.Outcome {
	if tx.Events.Has(app.Event(e)) {
		return chain.Matched
	}
	return unless(tx.Progress[dir] == app.Complete)
}

func (e txEvent) apps() []string {
	name, _, _ := strings.Cut(app.Event(e).String(), ".")
	return expand(appName(name))
}

// fileSize compares the size of files. One that is not whole may yet grow.
type fileSize struct{ number suricata.Number }

func (s *fileSize) asks(_ *Detector, tx *app.Tx, dir flow.Direction) chain.Outcome {
	for _, f := range tx.Files(dir) {
		grows := s.number.Op == suricata.Greater || s.number.Op == suricata.GreaterEqual
		if (f.State != app.FileOpen || grows) && chain.Holds(&s.number, int64(f.Size())) {
			return chain.Matched
		}
	}
	return unless(tx.Progress[dir] == app.Complete)
}

func (s *fileSize) apps() []string { return app.Buffers[app.FileData].Protocols }

// appEvent is an event of the application layer of a flow.
func (b *builder) appEvent(m *suricata.Match) condition {
	event, ok := app.EventByName(strings.Join(m.Args, ","))
	if !ok {
		return nil
	}
	b.apps = append(b.apps, "")
	return ask(func(d *Detector) bool { return d.in.Events.Has(event) })
}
