package peers

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Options says how a PostgreSQL server is run.
type Options struct {
	// Durable leaves fsync and full_page_writes on. Off, a crash of the machine may corrupt the data, which no test minds but those that kill the server.
	Durable bool
	// Folder is where the server's folder is made, for tests with a disk of its own; its own account must be able to enter it, and its path must be
	// short. Write-ahead logs are kept small there. Empty: among temporary files.
	Folder string
}

var shared struct {
	sync.Mutex
	servers map[Options]*PostgresServer
	failed  map[Options]error
}

// Postgres gives an empty database on the server that this test binary shares, starting the server at the first call. It returns an address for pgx
// and the server's data folder (with its log in server.log; other tests' databases lie there too). When the test ends, whoever is still connected is cut off.
func Postgres(t testing.TB, options ...Options) (dsn, dataDir string) {
	t.Helper()
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	shared.Lock()
	s, err := shared.servers[o], shared.failed[o]
	if s == nil && err == nil {
		if s, err = startPostgres(o); err == nil {
			if shared.servers == nil {
				shared.servers = map[Options]*PostgresServer{}
			}
			shared.servers[o] = s
		} else {
			if shared.failed == nil {
				shared.failed = map[Options]error{}
			}
			shared.failed[o] = err
		}
	}
	shared.Unlock()
	refuse(t, err)
	return s.lend(t), s.DataDir
}

// NewPostgres starts a server of the test's own, for tests that kill it or search its folder. It ends with the test.
func NewPostgres(t testing.TB, o Options) *PostgresServer {
	t.Helper()
	s, err := startPostgres(o)
	refuse(t, err)
	t.Cleanup(s.end)
	return s
}

func refuse(t testing.TB, err error) {
	t.Helper()
	var absent absentError
	if errors.As(err, &absent) {
		Missing(t, "%s", absent)
	}
	if err != nil {
		t.Fatalf("PostgreSQL did not start: %v", err)
	}
}

// absentError says what the machine lacks.
type absentError string

func (e absentError) Error() string { return string(e) }

// PostgresServer is a running server on a Unix socket of its own: no TCP, no password, UTF-8, byte order as collation.
type PostgresServer struct {
	DataDir string // with server.log inside

	root    string // holds data and the socket; removed at the end
	bin     string
	options Options
	account *syscall.Credential // nil: our own

	mu    sync.Mutex
	admin *sql.DB
	spare []lent // emptied, for the next test
	keeper
}

// lent is a database that tests use one after the other.
type lent struct {
	name string
	uses int
}

// lentMost is how many tests use one: what is left of earlier ones in the catalogues makes each use a little slower.
const lentMost = 20

// keeper is the shell that runs the server and outlives us by a moment: when our end of its standard input closes, however we died, it stops the server
// and removes the folder.
type keeper struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	pid   int // the postmaster's; 0 while it is down
}

const keeperScript = `
"$1/postgres" -D "$2/data" -k "$2" >>"$2/data/server.log" 2>&1 &
server=$!
echo $server
if read word && [ "$word" = leave ]; then exit 0; fi
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$2"
`

func startPostgres(o Options) (*PostgresServer, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	account, err := postgresAccount()
	if err != nil {
		return nil, err
	}
	root, err := socketFolder(o.Folder)
	if err != nil {
		return nil, err
	}
	s := &PostgresServer{DataDir: filepath.Join(root, "data"), root: root, bin: bin, options: o, account: account}
	if err := s.create(); err != nil {
		os.RemoveAll(root)
		return nil, err
	}
	if err := s.run(); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// postgresBin finds the folder of PostgreSQL's server programs: Debian keeps them out of PATH.
func postgresBin() (string, error) {
	best, newest := "", 0
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	for _, p := range found {
		if v, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(p)))); v > newest {
			best, newest = filepath.Dir(p), v
		}
	}
	if best != "" {
		return best, nil
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			return filepath.Dir(p), nil
		}
	}
	return "", absentError("PostgreSQL is not here: no initdb in PATH or /usr/lib/postgresql (Debian: apt-get install postgresql)")
}

// postgresAccount is whom the server runs as: it refuses root, so root lends it the account that its package made.
func postgresAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, absentError("PostgreSQL refuses to run as root, and there is no account \"postgres\" or \"nobody\"")
}

// socketFolder makes the server's folder where a socket's path stays under the 107 bytes that the system allows and another account can enter.
func socketFolder(base string) (string, error) {
	if base != "" {
		return os.MkdirTemp(base, "pg-")
	}
	base = os.TempDir()
	if len(base) > 60 || (os.Geteuid() == 0 && !enterable(base)) {
		base = "/tmp"
	}
	return os.MkdirTemp(base, "outcry-pg-")
}

func enterable(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		st, err := os.Stat(dir)
		if err != nil || st.Mode().Perm()&1 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// create makes the folder's content: a cluster, and what the tests rely on in its configuration.
func (s *PostgresServer) create() error {
	if s.account != nil {
		if err := os.Chown(s.root, int(s.account.Uid), int(s.account.Gid)); err != nil {
			return fmt.Errorf("hand the folder to PostgreSQL's account: %w", err)
		}
	}
	initdb := exec.Command(filepath.Join(s.bin, "initdb"), "-D", s.DataDir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
	if !s.options.Durable {
		initdb.Args = append(initdb.Args, "--no-sync")
	}
	if s.options.Folder != "" {
		initdb.Args = append(initdb.Args, "--wal-segsize=1")
	}
	initdb.Dir = s.root
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	sync := "off"
	if s.options.Durable {
		sync = "on"
	}
	conf := strings.Join([]string{
		"listen_addresses = ''",
		"max_connections = 200",
		"shared_buffers = 32MB",
		"fsync = " + sync,
		"full_page_writes = " + sync,
		"log_statement = none", // what docs ask of an operator: no value in a log
		"log_parameter_max_length = 0",
		"log_parameter_max_length_on_error = 0",
		"log_error_verbosity = terse", // a broken unique index otherwise logs the key's value
		"timezone = UTC",
		"",
	}, "\n")
	if s.options.Folder != "" {
		conf += "min_wal_size = 4MB\nmax_wal_size = 16MB\n"
	}
	f, err := os.OpenFile(filepath.Join(s.DataDir, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(conf)
	return errors.Join(err, f.Sync(), f.Close())
}

// run starts the server and waits until it answers.
func (s *PostgresServer) run() error {
	cmd := exec.Command("/bin/sh", "-c", keeperScript, "outcry-pg", s.bin, s.root)
	cmd.Dir = s.root
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.account, Setpgid: true} // Ctrl-C is for us; the keeper then sees us go
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.keeper = keeper{cmd: cmd, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the server's shell said nothing: %w", err)
	}
	if s.pid, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		return err
	}
	if s.admin == nil {
		if s.admin, err = sql.Open("pgx", s.dsn("postgres")); err != nil {
			return err
		}
		s.admin.SetMaxIdleConns(0) // a crash leaves no dead connection behind
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		err = s.admin.PingContext(ctx)
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) || !alive(s.pid) {
			log, _ := os.ReadFile(filepath.Join(s.DataDir, "server.log"))
			return fmt.Errorf("%w\n%s", err, log)
		}
	}
}

func (s *PostgresServer) dsn(database string) string {
	q := url.Values{"host": {s.root}, "user": {"postgres"}}
	return "postgres:///" + database + "?" + q.Encode()
}

// Database makes a fresh, empty database and returns its address for pgx. It is dropped when the test ends.
func (s *PostgresServer) Database(t testing.TB) string {
	t.Helper()
	name := s.make(t)
	t.Cleanup(func() { s.drop(t, name) })
	return s.dsn(name)
}

func (s *PostgresServer) make(t testing.TB) (name string) {
	t.Helper()
	var b [6]byte
	rand.Read(b[:])
	name = "t" + hex.EncodeToString(b[:])
	s.mu.Lock() // CREATE DATABASE copies a template that must have no other visitor
	_, err := s.admin.Exec("CREATE DATABASE " + name)
	s.mu.Unlock()
	if err != nil {
		t.Fatalf("create a database: %v", err)
	}
	return name
}

func (s *PostgresServer) drop(t testing.TB, name string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pid != 0 { // a server that the test killed for good takes its databases along
		if _, err := s.admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	}
}

// lend gives an empty database until the test ends: one that an earlier test is done with, if there is one. To empty it costs the server a third of what
// making and dropping one costs, and tests use thousands.
func (s *PostgresServer) lend(t testing.TB) string {
	t.Helper()
	var l lent
	s.mu.Lock()
	if n := len(s.spare); n > 0 {
		l, s.spare = s.spare[n-1], s.spare[:n-1]
	}
	s.mu.Unlock()
	if l.name == "" {
		l.name = s.make(t)
	}
	t.Cleanup(func() {
		if l.uses++; l.uses == lentMost || s.empty(l.name) != nil {
			s.drop(t, l.name)
			return
		}
		s.mu.Lock()
		s.spare = append(s.spare, l)
		s.mu.Unlock()
	})
	return s.dsn(l.name)
}

// emptying cuts off whoever is still connected and takes away all that a test may have made.
const emptying = `
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE made name;
BEGIN
	FOR made IN SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%' LOOP
		EXECUTE format('DROP SCHEMA %I CASCADE', made);
	END LOOP;
	CREATE SCHEMA public;
	EXECUTE format('ALTER DATABASE %I RESET ALL', current_database());
END $$`

// empty makes a database as if it were new.
func (s *PostgresServer) empty(name string) error {
	d, err := sql.Open("pgx", s.dsn(name)+"&default_query_exec_mode=simple_protocol") // several statements at once
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.Exec(emptying)
	return err
}

// Kill ends the server and all its processes at once with SIGKILL, as a power cut would as far as the server can tell.
func (s *PostgresServer) Kill(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	syscall.Kill(s.pid, syscall.SIGSTOP) // so that it forks no more while we list its children
	doomed := append(children(s.pid), s.pid)
	for _, pid := range doomed {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatalf("kill %d: %v", pid, err)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		left := 0
		for _, pid := range doomed {
			if alive(pid) {
				left++
			}
		}
		if left == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d processes of the server are still there after SIGKILL", left)
		}
	}
	s.pid = 0
}

// Leave lets go of a killed server's folder, so that the disk under it can be taken out. Restart does it by itself.
func (s *PostgresServer) Leave(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pid != 0 {
		t.Fatal("Leave: the server has not been killed")
	}
	s.leave()
}

// leave ends the shell, without the folder.
func (s *PostgresServer) leave() {
	if s.stdin == nil {
		return
	}
	io.WriteString(s.stdin, "leave\n")
	s.stdin.Close()
	s.cmd.Wait()
	s.stdin = nil
}

// Died tells whether the server has ended by itself, as it does when it can't write its log.
func (s *PostgresServer) Died() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid != 0 && !alive(s.pid)
}

// Restart starts a killed server on the same data and the same address, and returns when it has recovered.
func (s *PostgresServer) Restart(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pid != 0 {
		t.Fatal("Restart: the server has not been killed")
	}
	s.leave()
	if err := s.run(); err != nil {
		t.Fatalf("PostgreSQL did not come back: %v", err)
	}
}

func (s *PostgresServer) end() {
	if s.admin != nil {
		s.admin.Close()
	}
	if s.stdin != nil {
		s.stdin.Close()
		s.cmd.Wait()
	}
	os.RemoveAll(s.root)
}

// alive tells whether a process runs; a zombie that its parent has not collected yet does not.
func alive(pid int) bool {
	if pid == 0 || syscall.Kill(pid, 0) != nil {
		return false
	}
	state, _ := stat(pid)
	return state != 'Z'
}

// children lists the processes whose parent is pid, from Linux's /proc; elsewhere it is empty and they end by themselves.
func children(pid int) []int {
	var list []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if child, err := strconv.Atoi(e.Name()); err == nil {
			if _, parent := stat(child); parent == pid {
				list = append(list, child)
			}
		}
	}
	return list
}

// stat reads a process's state letter and parent: proc(5), fields 3 and 4, after the name in brackets. Zeros if there is none.
func stat(pid int) (state byte, parent int) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, 0
	}
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 2 {
		return 0, 0
	}
	parent, _ = strconv.Atoi(string(fields[1]))
	return fields[0][0], parent
}
