package offline

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Rules is a set of signatures to be measured with.
type Rules struct {
	Name string
	File string
}

// Figure is what one program did with one set of signatures: medians.
type Figure struct {
	Rules   string        `json:"rules"`
	Program string        `json:"program"`
	Mpps    float64       `json:"mpps"`    // millions of packets a second, without the load
	Load    time.Duration `json:"load_ns"` // start to end with an empty capture
	Memory  int64         `json:"memory"`  // resident at most, bytes
	Trials  []float64     `json:"trials"`  // Mpps of each
}

// Compare measures programs by turns with each set of signatures on one capture.
type Compare struct {
	Programs []Program
	Rules    []Rules
	Packets  int
	Repeats  int
	Dir      string       // for the captures
	Progress func(string) // called before each run
}

// Run makes the captures and measures.
func (c *Compare) Run(ctx context.Context) ([]Figure, error) {
	capture, empty := filepath.Join(c.Dir, "mix.pcap"), filepath.Join(c.Dir, "empty.pcap")
	for path, packets := range map[string]int{capture: c.Packets, empty: 2} {
		if err := writeMix(path, packets); err != nil {
			return nil, err
		}
	}
	var figures []Figure
	for _, rules := range c.Rules {
		trials := make([]trial, len(c.Programs))
		for range c.Repeats {
			for i, p := range c.Programs {
				c.Progress(fmt.Sprintf("%s with %s", p.Name, rules.Name))
				if err := trials[i].add(ctx, p, []string{empty, capture}, rules.File); err != nil {
					return figures, err
				}
			}
		}
		for i, p := range c.Programs {
			figures = append(figures, trials[i].figure(p.Name, rules.Name, c.Packets))
		}
	}
	return figures, nil
}

func writeMix(path string, packets int) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write capture: %w", err)
	}
	defer f.Close()
	if err := (Mix{Packets: packets, Seed: 1}).Write(f); err != nil {
		return err
	}
	return f.Close()
}

// trial is the runs of one program with one set of signatures.
type trial struct {
	loads, walls []time.Duration
	memory       []int64
}

// add runs the program over an empty and a full capture.
func (t *trial) add(ctx context.Context, p Program, captures []string, signatures string) error {
	load, err := run(ctx, p, captures[0], signatures)
	if err != nil {
		return err
	}
	full, err := run(ctx, p, captures[1], signatures)
	if err != nil {
		return err
	}
	t.loads, t.walls, t.memory = append(t.loads, load.Wall), append(t.walls, full.Wall), append(t.memory, load.Memory)
	return nil
}

// figure is the median of the trials.
func (t *trial) figure(program, rules string, packets int) Figure {
	f := Figure{Rules: rules, Program: program, Load: median(t.loads), Memory: median(t.memory)}
	for i := range t.walls {
		f.Trials = append(f.Trials, float64(packets)/(t.walls[i]-f.Load).Seconds()/1e6)
	}
	f.Mpps = median(f.Trials)
	return f
}

func median[T int64 | float64 | time.Duration](list []T) T {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// WriteLiterals writes n synthetic signatures: a literal of 6 to 12 bytes each, in a protocol
// with any port.
func WriteLiterals(path, protocol string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write signatures: %w", err)
	}
	defer f.Close()
	w, random := bufio.NewWriter(f), rand.New(rand.NewPCG(7, 7))
	for i := range n {
		var text strings.Builder
		for range 6 + random.IntN(7) {
			text.WriteByte(byte('a' + random.IntN(26)))
		}
		fmt.Fprintf(w, "alert %s any any -> any any (msg:\"literal %d\"; content:\"%s\"; sid:%d;)\n", protocol, i, text.String(), 1+i)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write signatures: %w", err)
	}
	return f.Close()
}
