package lab

import (
	"fmt"
	"sync"
	"time"
)

// StreamReport counts datagrams.
type StreamReport struct {
	Sent, Received, Echoed uint64
	Refused                uint64        // ICMP errors that came back
	Duplicated             uint64        // came again
	Reordered              uint64        // came after a younger one
	LongestGap             time.Duration // between two arrivals, by the kernel's clock
	LongestLoss            time.Duration // of sending, none of which arrived; 0 if none was lost
	LastArrival            time.Time     // by the kernel's clock
}

// Lost counts those that were sent and never came. While the stream runs, those
// under way are among them.
func (r StreamReport) Lost() uint64 { return r.Sent - r.Received }

// String is a line for people.
func (r StreamReport) String() string {
	return fmt.Sprintf("%d sent, %d lost, %d duplicated, %d reordered; longest gap %v, longest loss %v",
		r.Sent, r.Lost(), r.Duplicated, r.Reordered, r.LongestGap.Round(10*time.Microsecond), r.LongestLoss.Round(10*time.Microsecond))
}

// ledger knows of every datagram of a stream when it was sent and whether it
// came. Datagrams are numbered from 0.
type ledger struct {
	mu     sync.Mutex
	report StreamReport // but for LongestLoss and LastArrival
	sentAt []time.Time
	came   []bool
	next   uint64    // one more than the highest number that came
	last   time.Time // when one came last
}

// send notes that a datagram is sent, before it can arrive, and returns its number.
func (l *ledger) send() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sentAt = append(l.sentAt, time.Now())
	l.came = append(l.came, false)
	l.report.Sent++
	return l.report.Sent - 1
}

// takeBack takes back the last send: instead of sending it, the kernel told of an
// ICMP error before.
func (l *ledger) takeBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Sent--
	l.report.Refused++
	l.sentAt, l.came = l.sentAt[:l.report.Sent], l.came[:l.report.Sent]
}

// receive notes that a number came. One that was never sent is not ours.
func (l *ledger) receive(n uint64, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n >= uint64(len(l.came)) {
		return
	}
	if !l.last.IsZero() {
		l.report.LongestGap = max(l.report.LongestGap, at.Sub(l.last))
	}
	l.last = at
	if l.came[n] {
		l.report.Duplicated++
		return
	}
	l.came[n] = true
	l.report.Received++
	if n < l.next {
		l.report.Reordered++
	}
	l.next = max(l.next, n+1)
}

func (l *ledger) refused() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Refused++
}

func (l *ledger) echoed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Echoed++
}

// sum returns what was counted until now.
func (l *ledger) sum() StreamReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	report := l.report
	report.LongestLoss, report.LastArrival = l.longestLoss(), l.last
	return report
}

// longestLoss is the longest time from the sending of one that was lost to the
// sending of the next that was not.
func (l *ledger) longestLoss() (longest time.Duration) {
	var lost time.Time // the first of those lost in a row
	for i, at := range l.sentAt {
		if lost.IsZero() && !l.came[i] {
			lost = at
		}
		if !lost.IsZero() {
			longest = max(longest, at.Sub(lost))
		}
		if l.came[i] {
			lost = time.Time{}
		}
	}
	return longest
}
