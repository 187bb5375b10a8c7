// Publishes events to oncelog so that each of them is stored exactly once. Needs Go 1.19.
//
//	go run publish.go [--url URL] [FILE]     one event a line (NDJSON); without FILE, from standard input
//
// It may be stopped and run again on the same events at any time: what is stored already counts as a
// duplicate. Exit code 0: every event is stored. 1: some are not, and stderr says which and why.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	batchEvents = 500     // in one request: oncelog takes 10,000
	batchBytes  = 8 << 20 // and 32 MiB
	tryTime     = 60 * time.Second
	firstWait   = 100 * time.Millisecond // before the first retry, at most; then twice as long each time
	waitMax     = 10 * time.Second
	retryTime   = 5 * time.Minute // for one batch in all
)

// What oncelog answers: verdicts, or a problem.
type answer struct {
	Results []struct {
		EventID  string `json:"event_id"`
		Status   string `json:"status"`
		Sequence uint64 `json:"sequence"`
		Field    string `json:"field"`
		Detail   string `json:"detail"`
	} `json:"results"`
	Error  string `json:"error"`
	Detail string `json:"detail"`
}

type publisher struct {
	target string
	client *http.Client
	random *rand.Rand
	counts map[string]int
}

// mayMend tells whether the same bytes may be taken later: the table in docs/publishing.md.
func mayMend(status int, code string) bool {
	if status == 501 || status == 505 || code == "too_many_topics" {
		return false
	}
	return status == 408 || status == 429 || status >= 500
}

// try sends the body once. An error means that no whole answer came.
func (p *publisher) try(body []byte) (status int, retryAfter time.Duration, got answer, err error) {
	response, err := p.client.Post(p.target, "application/x-ndjson", bytes.NewReader(body))
	if err != nil {
		return 0, 0, got, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, 0, got, err
	}
	if json.Unmarshal(text, &got) != nil {
		got = answer{} // not from oncelog: perhaps from a proxy before it
	}
	seconds, _ := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 20)
	return response.StatusCode, time.Duration(seconds) * time.Second, got, nil
}

// send yields the verdicts on a batch. Until there are some, the same bytes are sent again and again:
// if they were stored and only the answer was lost, oncelog calls them duplicates.
func (p *publisher) send(body []byte) (answer, error) {
	giveUp := time.Now().Add(retryTime)
	for longest := firstWait; ; longest *= 2 {
		status, retryAfter, got, err := p.try(body)
		if status == 200 {
			return got, nil
		}
		trouble := fmt.Sprintf("%d %s: %s", status, got.Error, got.Detail)
		if err != nil {
			trouble = "no answer: " + err.Error()
		} else if !mayMend(status, got.Error) {
			return got, errors.New(trouble)
		}
		if longest > waitMax {
			longest = waitMax
		}
		wait := retryAfter + time.Duration(p.random.Int63n(int64(longest))) // so that not all come at once
		if time.Now().Add(wait).After(giveUp) {
			return got, errors.New(trouble + "; gave up")
		}
		fmt.Fprintf(os.Stderr, "%s; trying again in %.2f s\n", trouble, wait.Seconds())
		time.Sleep(wait)
	}
}

// publishBatch sends events, one a line, that stood in these lines of the input.
func (p *publisher) publishBatch(events []byte, lines []int) error {
	got, err := p.send(events)
	if err != nil {
		return err
	}
	if len(got.Results) != len(lines) {
		return errors.New("the answer does not fit the request; is that an oncelog server?")
	}
	for i, result := range got.Results {
		p.counts[result.Status]++
		switch result.Status {
		case "conflict":
			fmt.Fprintf(os.Stderr, "line %d: conflict: event_id %s is stored with other content, "+
				"as sequence %d\n", lines[i], result.EventID, result.Sequence)
		case "invalid":
			fmt.Fprintf(os.Stderr, "line %d: invalid: %s: %s\n", lines[i], result.Field, result.Detail)
		}
	}
	return nil
}

func (p *publisher) publish(input io.Reader) error {
	reader := bufio.NewReader(input)
	var events []byte
	var lines []int // their numbers; oncelog does not count empty lines
	for number, more := 1, true; more; number++ {
		line, err := reader.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		full := len(lines) == batchEvents || len(events)+len(line) > batchBytes
		if more = err == nil; len(lines) > 0 && full {
			if err := p.publishBatch(events, lines); err != nil {
				return err
			}
			events, lines = nil, nil
		}
		if len(bytes.Trim(line, " \t\r\n")) > 0 {
			events, lines = append(events, line...), append(lines, number)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return p.publishBatch(events, lines)
}

func main() {
	url := flag.String("url", "http://127.0.0.1:8080", "the oncelog server")
	flag.Parse()
	input := os.Stdin
	var err error
	if flag.NArg() > 0 {
		input, err = os.Open(flag.Arg(0))
	}
	p := publisher{
		target: strings.TrimSuffix(*url, "/") + "/publish?on_invalid=skip",
		client: &http.Client{Timeout: tryTime},
		random: rand.New(rand.NewSource(time.Now().UnixNano())), // without a seed, all would wait alike
		counts: map[string]int{},
	}
	if err == nil {
		err = p.publish(input)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\nnot all was sent; it is safe to run this again\n", err)
	}
	fmt.Printf("%d accepted, %d duplicate, %d conflict, %d invalid\n", p.counts["accepted"],
		p.counts["duplicate"], p.counts["conflict"], p.counts["invalid"])
	if err != nil || p.counts["conflict"]+p.counts["invalid"] > 0 {
		os.Exit(1)
	}
}
