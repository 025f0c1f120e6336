package appliance

import (
	"strconv"

	"vxwall/appliance/admin"
)

// queues sends the metrics of the kernel's queues; other modes have none.
func (e emitter) queues(list []admin.Queue) {
	for _, q := range list {
		number := strconv.Itoa(q.Number)
		e.count(mQueueReceives, q.Receives, number)
		e.count(mQueueSends, q.Sends, number)
		e.count(mQueueLost, q.Lost, number)
		e.count(mQueueNoRoom, q.NoRoom, number)
		e.count(mQueueRefused, q.Refused, number)
		e.count(mQueueCut, q.Cut, number)
		e.count(mQueueUnsent, q.Unsent, number)
	}
}
