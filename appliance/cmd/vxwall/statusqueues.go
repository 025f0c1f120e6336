package main

import (
	"bytes"
	"fmt"
	"text/tabwriter"

	"vxwall/appliance/admin"
)

// writeQueues writes the queues of the kernel.
func writeQueues(b *bytes.Buffer, s *admin.Status) {
	if len(s.Queues) == 0 {
		return
	}
	w := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "\nqueue\treceives\tverdicts sent\tno room\ttoo large\trefused\tunsent\n")
	for _, q := range s.Queues {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", q.Number, grouped(q.Receives), grouped(q.Sends), grouped(q.Lost),
			grouped(q.Cut), grouped(q.Refused), grouped(q.Unsent))
	}
	w.Flush()
}
