package appliance

import (
	"fmt"
	"os"

	"vxwall/rules"
)

// LoadConfig reads a configuration file over defaults. Problems are errors,
// each at its line and column; the configuration must not be used if there are
// any. The error is for a file that cannot be read.
func LoadConfig(path string, defaults Config) (Config, []rules.Problem, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, nil, fmt.Errorf("read configuration: %w", err)
	}
	cfg, problems := ParseConfig(rules.Source{Name: path, Text: text}, defaults)
	return cfg, problems, nil
}

// ParseConfig is LoadConfig for a text in memory.
func ParseConfig(file rules.Source, defaults Config) (Config, []rules.Problem) {
	cfg := defaults
	places, problems := rules.Settings(file, &cfg)
	wrong := map[int]bool{} // lines that were not understood
	for _, p := range problems {
		wrong[p.Line] = true
	}
	for _, e := range cfg.Check() {
		if at := places[e.Key]; !wrong[at.Line] {
			problems = append(problems, rules.ProblemAt(file, at, e.Error()))
		}
	}
	rules.SortProblems(problems, []string{file.Name})
	return cfg, problems
}
