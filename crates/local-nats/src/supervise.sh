# Starts and signals one nats-server, by words on standard input; ends it when that closes, which
# also happens when the owner is killed. Arguments: binary, config, log, directory to remove or "".
server=
while read -r word; do
    case $word in
    start)
        "$1" -c "$2" >>"$3" 2>&1 </dev/null &
        server=$!
        echo "$server"
        ;;
    end)
        kill -s CONT "$server"
        kill -s TERM "$server"
        (sleep 10 && kill -s KILL "$server") >/dev/null 2>&1 </dev/null &
        wait "$server"
        kill "$!"
        server=
        echo ended
        ;;
    kill)
        kill -s KILL "$server"
        wait "$server"
        server=
        echo killed
        ;;
    *) kill -s "$word" "$server" ;;
    esac
done
[ -z "$server" ] || kill -s KILL "$server"
wait
[ -z "$4" ] || rm -rf "$4"
