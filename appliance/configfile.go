package appliance

import (
	"fmt"
	"os"
	"strings"

	"vxwall/rules"
)

// LoadRunConfig is LoadConfig for a configuration that is to be run.
func LoadRunConfig(path string) (Config, []rules.Problem, error) {
	return loadConfig(path, DefaultConfig(), (*Config).Check, (*Config).CheckRun)
}

// LoadConfig reads a configuration file over defaults. Problems are errors,
// each at its line and column; the configuration must not be used if there are
// any. The error is for a file that cannot be read.
func LoadConfig(path string, defaults Config) (Config, []rules.Problem, error) {
	return loadConfig(path, defaults, (*Config).Check)
}

// checkFunc looks for values that are not accepted.
type checkFunc func(*Config) []KeyError

func loadConfig(path string, defaults Config, checks ...checkFunc) (Config, []rules.Problem, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, nil, fmt.Errorf("read configuration: %w", err)
	}
	cfg, problems := parseConfig(rules.Source{Name: path, Text: text}, defaults, checks)
	return cfg, problems, nil
}

// ParseConfig is LoadConfig for a text in memory.
func ParseConfig(file rules.Source, defaults Config) (Config, []rules.Problem) {
	return parseConfig(file, defaults, []checkFunc{(*Config).Check})
}

// parseConfig reads a text over defaults, and makes what checks find problems
// at their places. A line that was not understood has no second problem.
func parseConfig(file rules.Source, defaults Config, checks []checkFunc) (Config, []rules.Problem) {
	cfg := defaults
	places, problems := rules.Settings(file, &cfg)
	if _, said := places["datapath.on_death"]; !said && cfg.Datapath.Mode == "vtep" {
		// The kernel forwards nothing for a VTEP, and to leave it a flood takes the CPU that
		// a worker which fell behind would need.
		cfg.Datapath.OnDeath = "drop"
	}
	wrong := map[int]bool{} // lines that were not understood
	for _, p := range problems {
		wrong[p.Line] = true
	}
	for _, check := range checks {
		for _, e := range check(&cfg) {
			if at := placeOf(places, e.Key); !wrong[at.Line] {
				problems = append(problems, rules.ProblemAt(file, at, e.Error()))
			}
		}
	}
	rules.SortProblems(problems, []string{file.Name})
	return cfg, problems
}

// placeOf returns where a key stands, or the table that lacks it.
func placeOf(places map[string]rules.Pos, key string) rules.Pos {
	for {
		at, ok := places[key]
		end := strings.LastIndexByte(key, '.')
		if ok || end < 0 {
			return at
		}
		key = key[:end]
	}
}
