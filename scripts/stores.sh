# Functions that start, stop and reap a private PostgreSQL and Redis below one folder. Sourced by with-stores and run.
#
#   FOLDER/postgres, FOLDER/redis     the data, each with the pid file of its server
#   FOLDER/sockets                    both servers' Unix sockets, closed to other users; a link to a folder in /tmp where
#                                     the path would be too long for a socket
#   FOLDER/postgres.log, redis.log    what they had to say

# PostgreSQL refuses to run as root, so root runs it as the user that the Debian package makes.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@")
    else
        "$@"
    fi
}

# The newest PostgreSQL's programs: Debian keeps them out of the PATH.
postgres_programs() {
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$newest" ] || newest=$(dirname "$(command -v postgres)")
    echo "$newest"
}

# A port nobody listens on, below the range from which the kernel takes the ports of outgoing connections.
free_port() {
    local port
    while port=$((12000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# make_folders FOLDER
make_folders() {
    mkdir -p "$1/postgres" "$1/redis"
    rm -rf "$1/sockets"
    if [ ${#1} -lt 70 ]; then mkdir "$1/sockets"; else ln -s "$(mktemp -d /tmp/switchyard-XXXXXXXX)" "$1/sockets"; fi
    chmod 700 "$1/sockets/." "$1/postgres" "$1/redis"
    [ "$(id -u)" != 0 ] || chown postgres: "$1/sockets/." "$1/postgres/."
}

# sockets_of FOLDER
sockets_of() {
    realpath "$1/sockets"
}

# init_postgres FOLDER [OPTION…]: makes an empty cluster, unless there is one. The sockets' folder is the lock of local
# connections; TCP ones need the password in FOLDER/postgres.password.
init_postgres() {
    local folder=$1
    shift
    [ ! -e "$folder/postgres/PG_VERSION" ] || return 0
    (umask 077 && head -c 24 /dev/urandom | od -An -tx1 -w24 | tr -d ' \n' >"$folder/postgres.password")
    [ "$(id -u)" != 0 ] || chown postgres: "$folder/postgres.password"
    find "$folder/postgres/" -mindepth 1 -delete
    as_postgres "$(postgres_programs)/initdb" -D "$folder/postgres" -U switchyard -E UTF8 --locale=C.UTF-8 \
        --auth-local=trust --auth-host=scram-sha-256 --pwfile="$folder/postgres.password" "$@" \
        >"$folder/initdb.log" 2>&1 || {
        cat "$folder/initdb.log" >&2
        return 1
    }
}

# start_postgres FOLDER PORT [NAME=VALUE…]: starts the cluster, waits until it answers, and makes the database if it is
# missing. The port also names the Unix socket.
start_postgres() {
    local folder=$1 port=$2 sockets programs setting settings=()
    shift 2
    sockets=$(sockets_of "$folder")
    for setting in unix_socket_directories="$sockets" port="$port" "$@"; do settings+=(-c "$setting"); done
    programs=$(postgres_programs)
    launch postgres "$folder" "$programs/postgres" -D "$folder/postgres" "${settings[@]}"
    wait_until_up postgres "$folder" "$programs/pg_isready" -q -h "$sockets" -p "$port" -U switchyard || return 1
    "$programs/psql" -h "$sockets" -p "$port" -U switchyard -d postgres -qAtX -v ON_ERROR_STOP=1 <<'SQL'
select 'create database switchyard' where not exists (select from pg_database where datname = 'switchyard') \gexec
SQL
}

# start_redis FOLDER [OPTION…]: starts Redis and waits until it answers.
start_redis() {
    local folder=$1 socket
    shift
    socket=$(sockets_of "$folder")/redis.sock
    launch redis "$folder" redis-server --dir "$folder/redis" --pidfile "$folder/redis/redis.pid" --daemonize no \
        --unixsocket "$socket" --unixsocketperm 700 --bind 127.0.0.1 \
        --maxmemory-policy noeviction "$@"
    wait_until_up redis "$folder" redis_answers "$socket"
}

redis_answers() {
    [ "$(redis-cli -s "$1" ping 2>/dev/null)" = PONG ]
}

# launch NAME FOLDER COMMAND…: in a session of its own, so that Ctrl-C reaches it only through us; without our lock (9).
launch() {
    local name=$1 folder=$2 user=()
    shift 2
    [ "$name" != postgres ] || [ "$(id -u)" != 0 ] || user=(setpriv --reuid=postgres --regid=postgres --init-groups --)
    (cd "$folder/$name" && exec setsid "${user[@]}" "$@" </dev/null >>"$folder/$name.log" 2>&1 9>&-) &
    launched=$!
    disown
}

# wait_until_up NAME FOLDER CHECK…: until the check succeeds; shows the log when the server ends before, or takes a minute.
wait_until_up() {
    local name=$1 folder=$2 deadline=$((SECONDS + 60))
    shift 2
    until "$@" 2>/dev/null; do
        if ! kill -0 "$launched" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
            echo "$name did not start:" >&2
            tail -n 20 "$folder/$name.log" >&2
            return 1
        fi
        sleep 0.05
    done
}

# running PID [COMMAND]: whether the process lives (a zombie does not) and is what we think it is.
running() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    [[ ${stat##*) } != [ZX]* ]] || return 1
    [ $# = 1 ] || [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]
}

# end_process PID COMMAND SIGNAL SECONDS: the signal first, SIGKILL when the time is up.
end_process() {
    local deadline=$((SECONDS + $4))
    if [ "$3" = KILL ]; then
        # Its children too. Stopped first, so that it makes no more of them while we look.
        kill -STOP "$1" 2>/dev/null || return 0
        kill -KILL "$1" $(cat "/proc/$1/task/$1/children" 2>/dev/null) 2>/dev/null || true
    else
        kill "-$3" "$1" 2>/dev/null || return 0
    fi
    while running "$1" "$2"; do
        [ "$SECONDS" -lt "$deadline" ] || kill -KILL "$1" 2>/dev/null || return 0
        sleep 0.02
    done
}

# end_stores FOLDER POSTGRES-SIGNAL REDIS-SIGNAL SECONDS: ends every server whose pid file lies below the folder.
end_stores() {
    local file pid segment
    while IFS= read -r file; do
        pid=$(head -n 1 "$file" 2>/dev/null) || continue
        case ${file##*/} in
        redis.pid)
            running "$pid" redis-server && end_process "$pid" redis-server "$3" "$4"
            rm -f "$file"
            ;;
        postmaster.pid)
            segment=$(awk 'NR == 7 { print $2 }' "$file")
            running "$pid" postgres && end_process "$pid" postgres "$2" "$4"
            # One that was killed leaves its shared memory segment behind, and its pid file.
            [ ! -e "$file" ] || [ -z "$segment" ] || ipcrm -m "$segment" 2>/dev/null || true
            rm -f "$file"
            ;;
        esac
    done < <(find "$1" \( -name redis.pid -o -name postmaster.pid \) -type f 2>/dev/null)
    return 0
}

# discard_run FOLDER: ends whatever a run of the tests started, by force if need be, and removes its folder.
discard_run() {
    end_marked "SWITCHYARD_TEST_DIR=$1" 3
    end_stores "$1" KILL KILL 5
    rm -rf "$1"
}

# end_marked NAME=VALUE SECONDS: ends all processes that were started with this variable in their environment.
end_marked() {
    local pid deadline=$((SECONDS + $2)) signal=TERM
    while set -- "$1" $(marked "$1"); [ $# -gt 1 ]; do
        [ "$SECONDS" -lt "$deadline" ] || signal=KILL
        if [ -n "$signal" ]; then kill "-$signal" "${@:2}" 2>/dev/null || true; fi
        signal=
        sleep 0.05
    done
}

marked() {
    local file pid
    grep -lzFx -e "$1" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do
        if running "$pid"; then echo "$pid"; fi
    done
}
