package suricata

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

var (
	filterKinds = map[string]FilterKind{"limit": Limit, "threshold": ThresholdKind, "both": Both, "backoff": Backoff}
	tracks      = []string{"by_src", "by_dst", "by_rule", "by_both", "by_flow"}
)

func readThreshold(b *builder, o *option, k *keyword) error {
	words, err := pairs(o.value)
	if err != nil {
		return err
	}
	t := &Threshold{}
	if err := t.filter(words); err != nil {
		return err
	}
	return b.addFilter(o, k, t)
}

func readDetectionFilter(b *builder, o *option, k *keyword) error {
	words, err := pairs(o.value)
	if err != nil {
		return err
	}
	t := &Threshold{Kind: DetectionFilter}
	if err := t.fill(words); err != nil {
		return err
	}
	if words["type"] != "" {
		return fmt.Errorf("unknown word type: expected track, count, seconds or unique_on")
	}
	if err := t.complete(); err != nil {
		return err
	}
	return b.addFilter(o, k, t)
}

func (b *builder) addFilter(o *option, k *keyword, t *Threshold) error {
	for i := range b.sig.Matches {
		if b.sig.Matches[i].Filter != nil {
			return fmt.Errorf("second threshold or detection_filter: expected one in a rule")
		}
	}
	m := b.add(o, k)
	m.Filter, m.Args = t, splitArgs(o.value)
	return nil
}

// fill reads what all kinds have, and some have.
func (t *Threshold) fill(words map[string]string) error {
	for _, word := range slices.Sorted(maps.Keys(words)) {
		if err := t.word(word, words[word]); err != nil {
			return err
		}
	}
	return nil
}

// complete holds that nothing is missing.
func (t *Threshold) complete() error {
	switch {
	case t.Count == 0:
		return fmt.Errorf("missing count: expected a number from 1 up")
	case !slices.Contains(tracks, t.Track):
		return fmt.Errorf("bad track %q: expected one of %s", short(t.Track), strings.Join(tracks, " "))
	case t.Kind == Backoff && (t.Multiplier < 2 || t.Track != "by_flow"):
		return fmt.Errorf("bad backoff: expected track by_flow and a multiplier from 2 up")
	case t.Kind != Backoff && t.Seconds == 0:
		return fmt.Errorf("missing seconds: expected a number from 1 up")
	}
	return nil
}

func (t *Threshold) word(word, value string) error {
	var to *uint32
	switch word {
	case "type":
		return nil
	case "track":
		t.Track = value
		return nil
	case "unique_on":
		t.Unique = value
		if value != "src_port" && value != "dst_port" {
			return fmt.Errorf("bad unique_on %q: expected src_port or dst_port", short(value))
		}
		return nil
	case "count":
		to = &t.Count
	case "seconds":
		to = &t.Seconds
	case "multiplier":
		to = &t.Multiplier
	default:
		return fmt.Errorf("unknown word %q: expected type, track, count, seconds, multiplier or unique_on", short(word))
	}
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return fmt.Errorf("bad %s %q: expected a number", word, short(value))
	}
	*to = uint32(n)
	return nil
}
