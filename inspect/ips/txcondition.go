package ips

import (
	"slices"
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
	return &txNumber{app.NumberID(id), *m.Number}
}

// maxInstances bounds how many instances of a number or buffer are looked at.
const maxInstances = 256

// txNumber compares the instances of a number: one has to fit.
type txNumber struct {
	id     app.NumberID
	number suricata.Number
}

func (n *txNumber) asks(_ *Detector, tx *app.Tx, dir flow.Direction) chain.Outcome {
	if n.any(tx, dir) || n.any(tx, 1-dir) {
		return chain.Matched
	}
	return unless(tx.Progress[dir] == app.Complete)
}

func (n *txNumber) any(tx *app.Tx, dir flow.Direction) bool {
	for i := range maxInstances {
		v, ok := tx.Number(n.id, dir, i)
		if !ok {
			return false
		}
		if chain.Holds(&n.number, v) {
			return true
		}
	}
	return false
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
