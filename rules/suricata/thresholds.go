package suricata

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseThresholds reads a threshold file: lines that suppress alerts, limit
// them, or change a rule's action when it matches often:
//
//	suppress gen_id 1, sig_id 2009557, track by_src, ip 10.0.0.0/8
//	threshold gen_id 1, sig_id 2, type limit, track by_src, count 1, seconds 60
//	event_filter ... (as threshold)
//	rate_filter gen_id 1, sig_id 3, track by_rule, count 9, seconds 60, new_action drop, timeout 30
//
// gen_id 0 and sig_id 0 are all. A nil env is [DefaultEnv].
func ParseThresholds(file string, text []byte, env *Env) ([]Threshold, []Problem) {
	if env == nil {
		env = DefaultEnv()
	}
	r := thresholdReader{addresses: newAddresses(env.Addresses)}
	var problems []Problem
	s := splitter{rest: strings.TrimPrefix(string(text), "\ufeff")}
	for {
		l, ok := s.next()
		if !ok {
			return r.list, problems
		}
		kind, rest, _ := strings.Cut(l.text, " ")
		if err := r.line(kind, rest); err != nil {
			number, column := l.at(0)
			problems = append(problems, Problem{File: file, Line: number, Column: column, Keyword: kind, Reason: err.Error()})
		}
	}
}

type thresholdReader struct {
	addresses *group[addrs]
	list      []Threshold
}

func (r *thresholdReader) line(kind, text string) error {
	words, err := pairs(text)
	if err != nil {
		return err
	}
	t := Threshold{}
	if t.GID, err = take(words, "gen_id"); err != nil {
		return err
	}
	if t.SID, err = take(words, "sig_id"); err != nil {
		return err
	}
	switch kind {
	case "suppress":
		err = r.suppress(&t, words)
	case "threshold", "event_filter":
		err = t.filter(words)
	case "rate_filter":
		err = t.rate(words)
	default:
		return fmt.Errorf("unknown line %q: expected suppress, threshold, event_filter or rate_filter", short(kind))
	}
	if err == nil {
		r.list = append(r.list, t)
	}
	return err
}

// pairs reads "word value, word value"; commas in brackets are part of a value.
func pairs(text string) (map[string]string, error) {
	words := map[string]string{}
	for text != "" {
		var item string
		item, text = cutItem(text)
		word, value, ok := strings.Cut(item, " ")
		if !ok || words[word] != "" {
			return nil, fmt.Errorf("bad part %q: expected word and value, each word once", short(item))
		}
		words[word] = strings.TrimSpace(value)
	}
	return words, nil
}

func take(words map[string]string, word string) (uint32, error) {
	n, err := strconv.ParseUint(words[word], 10, 32)
	if err != nil {
		return 0, fmt.Errorf("bad %s %q: expected a number", word, short(words[word]))
	}
	delete(words, word)
	return uint32(n), nil
}

func (r *thresholdReader) suppress(t *Threshold, words map[string]string) error {
	t.Kind, t.Track = Suppress, words["track"]
	if t.Track == "" && len(words) == 0 {
		return nil
	}
	if !slices.Contains([]string{"by_src", "by_dst", "by_either"}, t.Track) || words["ip"] == "" || len(words) != 2 {
		return fmt.Errorf("bad suppress: expected nothing more, or track by_src, by_dst or by_either and ip")
	}
	set, err := r.addresses.parse(words["ip"], 0)
	if err != nil {
		return err
	}
	ok := false
	if t.Addresses, ok = set.addresses(); !ok {
		return fmt.Errorf("%s holds no address at all", short(words["ip"]))
	}
	return nil
}

func (t *Threshold) filter(words map[string]string) error {
	kind, ok := filterKinds[words["type"]]
	if !ok {
		return fmt.Errorf("bad type %q: expected limit, threshold, both or backoff", short(words["type"]))
	}
	t.Kind = kind
	if err := t.fill(words); err != nil {
		return err
	}
	return t.complete()
}

var rateActions = []string{"alert", "drop", "pass", "reject"}

func (t *Threshold) rate(words map[string]string) (err error) {
	t.Kind, t.NewAction = RateFilter, words["new_action"]
	if !slices.Contains(rateActions, t.NewAction) {
		return fmt.Errorf("bad new_action %q: expected one of %s", short(t.NewAction), strings.Join(rateActions, " "))
	}
	delete(words, "new_action")
	if t.Timeout, err = take(words, "timeout"); err != nil {
		return err
	}
	if err := t.fill(words); err != nil {
		return err
	}
	return t.complete()
}
