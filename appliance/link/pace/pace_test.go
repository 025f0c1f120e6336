package pace

import (
	"testing"
	"time"
)

// TestMove sets the clock of the system while time passes.
func TestMove(t *testing.T) {
	for name, step := range map[string]time.Duration{"none": 0, "forward": time.Hour, "back": -time.Hour, "by little": -time.Second} {
		t.Run(name, func(t *testing.T) {
			var p Pace
			wall := time.Now().UnixNano()
			if got := p.move(0, wall); got != wall {
				t.Fatalf("begins at %d, want %d", got, wall)
			}
			wall += int64(step)
			last := p.unix
			for range 3 * 3600 {
				wall += int64(time.Second)
				now := p.move(int64(time.Second), wall)
				if passed := time.Duration(now - last); passed < time.Second/2 || passed > time.Second*3/2 {
					t.Fatalf("%v pass in a second", passed)
				}
				last = now
			}
			if last != wall {
				t.Errorf("off by %v after three hours", time.Duration(last-wall))
			}
		})
	}
}

func TestAhead(t *testing.T) {
	var p Pace
	if p.Ahead(time.Now()) != 0 {
		t.Error("ahead before it began")
	}
	now := time.Now()
	if got := p.Tick(now); got != now.UnixNano() {
		t.Errorf("begins at %d, want %d", got, now.UnixNano())
	}
	p.unix += int64(time.Minute) // as if the system's clock had been set back
	if got := p.Ahead(now.Add(time.Second)); got != int64(time.Minute) {
		t.Errorf("ahead by %v", time.Duration(got))
	}
	if got := p.Tick(now.Add(time.Second)); got != now.UnixNano()+int64(time.Minute+time.Second/2) {
		t.Errorf("half a second has passed, %v on the clock", time.Duration(got-now.UnixNano()))
	}
}
