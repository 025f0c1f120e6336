package conformance

import (
	"bufio"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write passing.txt anew")

// python has the runner's library where Debian's packages put it.
const python = "/usr/bin/python3"

// suite is where the tests are; without it there is nothing to do.
func suite(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../shared/conformance")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "sv_run.py")); err != nil {
		t.Skip("../shared/conformance is not there: the suite is not part of the project")
	}
	return dir
}

// binary builds the program that is tested.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vxwall")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "vxwall/appliance/cmd/vxwall")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build vxwall: %v\n%s", err, out)
	}
	return path
}

// result is what the runner says of one test.
type result struct {
	Name   string            `json:"name"`
	Status map[string]string `json:"status"`
	Alerts map[string]int    `json:"alerts"`
}

// run puts the suite to the program, each capture wrapped in VXLAN or as it is.
func run(t *testing.T, dir, program string, how ...string) map[string]result {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.json")
	command := program + " replay --in {pcap} --signatures {rules} --vars {vars} --eve {outdir}/eve.json"
	args := []string{filepath.Join(dir, "sv_run.py"), filepath.Join(dir, "suite"), "--list", filepath.Join(dir, "suite.txt"),
		"--level", "alerts", "--jobs", "2", "--json", report}
	if len(how) > 0 && how[0] == "--plain" {
		command += " --plain 7001"
	} else {
		args = append(args, how...)
	}
	out, err := exec.Command(python, append(args, "--cmd", command)...).CombinedOutput()
	text, readErr := os.ReadFile(report)
	if readErr != nil {
		t.Fatalf("run the suite: %v\n%s", err, out)
	}
	t.Logf("%s", lastLines(string(out), 5))
	var r struct {
		Results []result `json:"results"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	results := map[string]result{}
	for _, one := range r.Results {
		results[one.Name] = one
	}
	return results
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// TestPassing holds what passed once: inside VXLAN, at the level of alerts.
func TestPassing(t *testing.T) {
	dir := suite(t)
	results := run(t, dir, binary(t), "--wrap", "7001")
	var passing []string
	for name, r := range results {
		if r.Status["alerts"] == "pass" {
			passing = append(passing, name)
		}
	}
	slices.Sort(passing)
	if *update {
		if err := os.WriteFile("passing.txt", []byte(strings.Join(passing, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	held := readList(t)
	for _, name := range held {
		if !slices.Contains(passing, name) {
			t.Errorf("%s passed before and fails now", name)
		}
	}
	if len(passing) > len(held) {
		t.Logf("%d tests pass, %d are held: go test ./bench/conformance -update", len(passing), len(held))
	}
}

// TestPlainAndWrappedAgree holds that a tunnel changes nothing of what is found in it.
func TestPlainAndWrappedAgree(t *testing.T) {
	dir := suite(t)
	program := binary(t)
	wrapped, plain := run(t, dir, program, "--wrap", "7001"), run(t, dir, program, "--plain")
	differ := 0
	for _, name := range slices.Sorted(maps.Keys(wrapped)) {
		if a, b := wrapped[name].Alerts, plain[name].Alerts; !maps.Equal(a, b) {
			differ++
			t.Logf("%s: wrapped %v, plain %v", name, a, b)
		}
	}
	if differ > knownDifferences {
		t.Errorf("%d tests give other alerts in VXLAN than without, %d are known", differ, knownDifferences)
	}
}

func readList(t *testing.T) []string {
	t.Helper()
	f, err := os.Open("passing.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		list = append(list, lines.Text())
	}
	return list
}

// knownDifferences are captures that are no Ethernet, or whose frames are damaged: to wrap
// them, the runner makes Ethernet frames of them, or leaves them out.
const knownDifferences = 0
