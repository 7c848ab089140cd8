package machine

import (
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

// What this very process does is seen from outside.
func TestOurselves(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/proc is Linux's")
	}
	if !There() {
		t.Fatal("there is no /proc")
	}
	pid := os.Getpid()
	before, all := CPU(pid), Busy()
	for began := time.Now(); CPU(pid) < before+50*time.Millisecond; {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("twenty seconds of work show as %v", CPU(pid)-before)
		}
	}
	if Busy() < all+40*time.Millisecond {
		t.Errorf("we computed %v, all processors together %v", CPU(pid)-before, Busy()-all)
	}
	if n, err := Resident(pid); err != nil || n < 1<<20 {
		t.Errorf("this process takes %d bytes, %v", n, err)
	}
	if all, free := Memory(); free <= 0 || free > all {
		t.Errorf("%d bytes free of %d", free, all)
	}
	if list := Family(os.Getppid()); !slices.Contains(list, pid) {
		t.Errorf("we are no child of our parent: %v", list)
	}
	if at, ok := Begun(pid); !ok || time.Since(at) < 0 || time.Since(at) > time.Hour {
		t.Errorf("this test began %v ago, %t", time.Since(at), ok)
	}
	if n := Handles(); n < 0 {
		t.Errorf("%d handles", n)
	}
}

func TestGone(t *testing.T) {
	if Fields(1<<30) != nil || CPU(1<<30) != 0 {
		t.Error("a process that never was computes")
	}
	if _, ok := Begun(1 << 30); ok {
		t.Error("a process that never was began")
	}
	if _, err := Resident(1 << 30); err == nil {
		t.Error("a process that never was has memory")
	}
}

func TestSynced(t *testing.T) {
	dir := t.TempDir()
	if n := Synced(dir, 50*time.Millisecond); n <= 0 {
		t.Errorf("%f syncs a second", n)
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("it leaves %v", list)
	}
	if n := Synced(dir+"/nowhere", time.Millisecond); n != 0 {
		t.Errorf("%f syncs a second in a folder that is not there", n)
	}
}
