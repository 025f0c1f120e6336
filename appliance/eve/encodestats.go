package eve

import "vxwall/pipeline"

// appendStats appends counters in the shape of Suricata's stats, then ours.
func appendStats(o *object, w *Writer, c *pipeline.Counters) {
	dropped := c.TotalDropped()
	o.sub("stats")
	o.sub("decoder")
	o.uint("pkts", c.Received.Packets)
	o.uint("bytes", c.Received.Bytes)
	o.close()
	o.sub("ips")
	o.uint("accepted", c.Forwarded.Packets)
	o.uint("blocked", dropped.Packets)
	o.close()
	o.sub("flow")
	o.uint("total", c.Flows.Created)
	o.uint("active", uint64(c.Flows.Live))
	o.uint("evicted", c.Flows.Evicted)
	o.close()
	o.sub("vxwall")
	o.uint("held", c.Held)
	o.uint("reassembled", c.Reassembled)
	o.uint("nested", c.Nested)
	o.uint("reserved_bits", c.Reserved)
	if c.Unwrapped+c.Truncated+c.Duplicates > 0 {
		o.uint("unwrapped", c.Unwrapped)
		o.uint("truncated", c.Truncated)
		o.uint("duplicates", c.Duplicates)
	}
	o.uint("answers", c.Answers)
	o.uint("events_lost", w.Lost())
	appendReasons(o, "dropped", &c.Dropped)
	appendReasons(o, "monitored", &c.Monitored)
	o.sub("suspected")
	appendTallies(o, &c.Suspected)
	o.close()
	o.sub("uninspected")
	appendTallies(o, &c.Uninspected)
	o.close()
	o.close()
	o.close()
}

func appendTallies(o *object, tallies *[pipeline.Reasons]pipeline.Tally) {
	for reason, tally := range tallies {
		if tally.Packets > 0 {
			o.uint(pipeline.Reason(reason).String(), tally.Packets)
		}
	}
}

// appendReasons appends packets by stage and reason.
func appendReasons(o *object, name string, counts *[pipeline.MaxStages][pipeline.Reasons]pipeline.Tally) {
	o.sub(name)
	for stage := range counts {
		if counts[stage] == [pipeline.Reasons]pipeline.Tally{} {
			continue
		}
		o.sub(stageName(stage))
		appendTallies(o, &counts[stage])
		o.close()
	}
	o.close()
}
