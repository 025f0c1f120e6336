package doctor

import (
	"fmt"

	"vxwall/appliance/link/afxdp"
)

// Verdict is what a check says. The zero value claims nothing.
type Verdict uint8

// The verdicts, worse ones later.
const (
	NotChecked Verdict = iota // the text says why
	OK
	Warning // vxwall runs, but not as well as it could
	Problem // vxwall does not run, or packets are lost
)

var verdictNames = [...]string{"not checked", "ok", "warning", "problem"}

// String is the verdict in words.
func (v Verdict) String() string { return verdictNames[v] }

// MarshalText makes it the same in JSON.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Finding is what a check found.
type Finding struct {
	Check   string  `json:"check"`
	About   string  `json:"about,omitempty"` // the port, file or VTEP
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
	// Commands mend it, one after the other, as they stand.
	Commands []string `json:"commands,omitempty"`
	// Advice is what mends it where no command does.
	Advice string `json:"advice,omitempty"`
}

// Report is all that was found, in the order of the checks.
type Report struct {
	Findings []Finding `json:"findings"`
	Problems int       `json:"problems"`
	Warnings int       `json:"warnings"`
}

func (r *Report) add(check string, list []Finding) {
	for i := range list {
		list[i].Check = check
	}
	r.Add(list...)
}

// Add adds findings, and counts the problems and warnings among them.
func (r *Report) Add(list ...Finding) {
	for _, f := range list {
		f.About, f.Text, f.Advice = printable(f.About), printable(f.Text), printable(f.Advice)
		for i, command := range f.Commands {
			f.Commands[i] = printable(command) // and quoted: see shell
		}
		switch f.Verdict {
		case Problem:
			r.Problems++
		case Warning:
			r.Warnings++
		}
		r.Findings = append(r.Findings, f)
	}
}

// finding begins one; about may be "".
func finding(v Verdict, about, format string, args ...any) Finding {
	return Finding{About: about, Verdict: v, Text: fmt.Sprintf(format, args...)}
}

// one is a list of one finding.
func one(v Verdict, about, format string, args ...any) []Finding {
	return []Finding{finding(v, about, format, args...)}
}

// mend adds commands.
func (f Finding) mend(commands ...string) Finding {
	f.Commands = append(f.Commands, commands...)
	return f
}

// advise says what to do where no command does.
func (f Finding) advise(format string, args ...any) Finding {
	f.Advice = fmt.Sprintf(format, args...)
	return f
}

// refusal is what package afxdp refuses, as a finding.
func refusal(about string, e *afxdp.ConfigError) Finding {
	f := finding(Problem, about, "%s", e.Why)
	if command := e.Command(); command != "" {
		return f.mend(command)
	}
	return f.advise("%s", e.Fix)
}
