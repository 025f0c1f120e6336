package suricata

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseClasses reads a classification file, of lines
//
//	config classification: short-name,Description,priority
//
// The last entry of a name counts.
func ParseClasses(file string, text []byte) (map[string]Class, []Problem) {
	classes := map[string]Class{}
	problems := entries(file, text, "classification", func(value string) error {
		args := splitArgs(value)
		if len(args) != 3 || args[0] == "" {
			return fmt.Errorf("bad entry %q: expected name,description,priority", short(value))
		}
		n, err := strconv.ParseUint(args[2], 10, 8)
		if err != nil || n == 0 {
			return fmt.Errorf("bad priority %q: expected 1 (worst) to 255", short(args[2]))
		}
		classes[args[0]] = Class{args[1], int(n)}
		return nil
	})
	return classes, problems
}

// ParseReferences reads a reference file, of lines
//
//	config reference: type prefix-of-urls
//
// into the prefixes by type.
func ParseReferences(file string, text []byte) (map[string]string, []Problem) {
	prefixes := map[string]string{}
	problems := entries(file, text, "reference", func(value string) error {
		fields := strings.Fields(value)
		if len(fields) != 2 {
			return fmt.Errorf("bad entry %q: expected type and prefix", short(value))
		}
		prefixes[fields[0]] = fields[1]
		return nil
	})
	return prefixes, problems
}

// entries reads the lines "config kind: value" of a file.
func entries(file string, text []byte, kind string, read func(string) error) []Problem {
	var problems []Problem
	s := splitter{rest: strings.TrimPrefix(string(text), "\ufeff")}
	for {
		l, ok := s.next()
		if !ok {
			return problems
		}
		rest, isConfig := strings.CutPrefix(l.text, "config ")
		rest, isKind := strings.CutPrefix(strings.TrimLeft(rest, " \t"), kind+":")
		err := fmt.Errorf("unknown line %q: expected one that begins with config %s:value", short(l.text), kind)
		if isConfig && isKind {
			err = read(strings.TrimSpace(rest))
		}
		if err != nil {
			number, column := l.at(0)
			problems = append(problems, Problem{File: file, Line: number, Column: column, Keyword: kind, Reason: err.Error()})
		}
	}
}
