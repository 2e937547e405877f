# Random feeds for the oracle: mawk -v first=1 -v last=300 -v folder=DIR -f feeds.awk
#
# For each seed N: DIR/N.params, what the reference has to know; DIR/N.json, the same as a definition
# for the program; DIR/N.csv, and for each fourth seed DIR/N_2.csv, read behind it. The same seed
# gives the same feed everywhere: the generator is Park and Miller's, whose products fit in a double.
#
# Every length is a few times one unit, so that events meet each boundary exactly, and a millisecond
# to either side of it. Among the records: repeated ids with the same content in other words, and with
# another content; events far ahead, alone and in company; the year 2099; faults of each field.

function dice(n) { # 0 … n - 1
    state = (state * 16807) % 2147483647
    return state % n
}

# --- calendar, after the days of the 400-year cycle
function stamp(ms,    days, seconds, z, era, doe, yoe, y, doy, mp, text) {
    days = int(ms / 86400000)
    ms -= days * 86400000
    z = days + 719468
    era = int(z / 146097)
    doe = z - era * 146097
    yoe = int((doe - int(doe / 1460) + int(doe / 36524) - int(doe / 146096)) / 365)
    doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
    mp = int((5 * doy + 2) / 153)
    y = yoe + era * 400 + (mp >= 10)
    seconds = int(ms / 1000)
    text = sprintf("%04d-%02d-%02dT%02d:%02d:%02d", y, mp < 10 ? mp + 3 : mp - 9,
        doy - int((153 * mp + 2) / 5) + 1, int(seconds / 3600), int(seconds / 60) % 60, seconds % 60)
    ms %= 1000
    if (ms || dice(4) == 0)
        text = text sprintf(".%03d", ms) (dice(3) ? "" : sprintf("%03d", dice(1000)))
    return text
}

# The same moment, written in one of several ways.
function moment(ms) {
    if (dice(5) == 0)
        return stamp(ms + 7200000) "+02:00"
    return stamp(ms) "Z"
}

function money(cents) {
    if (cents % 100 == 0 && dice(2))
        return int(cents / 100) ""
    if (cents % 10 == 0 && dice(2))
        return sprintf("%d.%d", int(cents / 100), cents / 10 % 10)
    return sprintf("%d.%02d", int(cents / 100), cents % 100)
}

function duration(ms) { return ms == 0 ? "0s" : sprintf("%.0fms", ms) }

function parameters(    many) {
    unit = dice(8) == 0 ? 3600000 : dice(3) == 0 ? 100 : dice(2) ? 1000 : 60000
    size = unit * (1 + dice(6))
    slide = dice(4) ? size : unit * (1 + dice(size / unit))
    delay = unit * dice(5)
    lateness = unit * dice(8)
    jump = unit * (4 + dice(20))
    within = unit * (1 + dice(8))
    more_than = 1 + dice(4)
    many = 1 + (seed % 4 == 0)
    policy = dice(3) == 0 ? "first" : dice(2) ? "count" : "reject"
    print size, slide, delay, lateness, jump, within, more_than, policy, many >(name ".params")
    printf "{\"name\": \"feed\",\n \"fields\": {\"time\": {\"type\": \"time\", \"required\": true}," \
        " \"id\": {\"type\": \"text\"},\n  \"user\": {\"type\": \"text\"}, \"amount\": {\"type\":" \
        " \"money\", \"places\": 2, \"required\": true, \"positive\": true},\n  \"region\":" \
        " {\"type\": \"text\"}, \"kind\": {\"type\": \"text\", \"values\": [\"sale\", \"test\"]}},\n" \
        " \"time\": \"time\", \"id\": [\"id\"], \"on_conflict\": \"%s\", \"where\": [\"kind!=test\"]," \
        "\n \"group_by\": [\"region\"], \"measures\": [\"count\", \"sum:amount\"],\n", \
        policy >(name ".json")
    printf " \"window\": {\"size\": \"%s\"%s},\n \"watermark\": {\"delay\": \"%s\", \"lateness\":" \
        " \"%s\", \"jump\": \"%s\"},\n", duration(size),
        slide < size ? ", \"slide\": \"" duration(slide) "\"" : "", duration(delay),
        duration(lateness), duration(jump) >(name ".json")
    printf " \"rules\": [{\"name\": \"velocity\", \"more_than\": %d, \"per\": \"user\", \"within\":" \
        " \"%s\"},\n  {\"name\": \"large\", \"when\": [\"amount>9.00\"], \"per\": \"user\"}]}\n", \
        more_than, duration(within) >(name ".json")
    return many
}

# The time of the next event; `now` walks on.
function when(    t) {
    now += unit * (dice(3) == 0 ? 0 : dice(3))
    t = now
    if (dice(3) == 0)
        t -= unit * dice((size + delay + lateness) / unit + 4)
    if (dice(12) == 0)
        t = now + jump + unit * (dice(3) - 1) # on the edge of far
    if (dice(40) == 0)
        now += jump + unit * dice(4)
    if (dice(30) == 0)
        return far + unit * dice(3)
    if (dice(4) == 0)
        t += dice(3) - 1
    return t
}

# A record again: the same in other words, or with one field changed.
function again(    i, k, change) {
    i = dice(records)
    for (k = 0; k < 6; k++)
        field[records, k] = field[i, k]
    change = dice(6)
    if (change == 0)
        field[records, 0] += unit * dice(3)
    else if (change == 1)
        field[records, 3] += 1
    else if (change == 2)
        field[records, 4] = "W"
}

function fresh() {
    field[records, 0] = when()
    field[records, 1] = dice(25) ? seed "-" records : ""
    field[records, 2] = "u" dice(3)
    field[records, 3] = dice(20) ? 1 + dice(1800) : 900 + dice(2)
    field[records, 4] = dice(6) ? substr("NSE", 1 + dice(3), 1) : ""
    field[records, 5] = dice(12) ? "sale" : "test"
}

function fault(    which) {
    which = dice(7)
    if (which == 0) return "yesterday,x,u0,1.00,N,sale"
    if (which == 1) return moment(now) ",x,u0," (dice(2) ? "0" : "-0.01") ",N,sale"
    if (which == 2) return moment(now) ",x,u0,1.005,N,sale"
    if (which == 3) return moment(now) ",x,u0,,N,sale"
    if (which == 4) return moment(now) ",x,u0,1.00,N,gift"
    if (which == 5) return moment(now) ",x,u0,NaN,N,sale"
    return (dice(2) ? "2100-01-01T00:00:00Z" : "1969-12-31T23:59:59.999Z") ",x,u0,1.00,N,sale"
}

function row(file) {
    if (dice(30) == 0) {
        print fault() >file
        return
    }
    if (dice(8) == 0 && records > 0)
        again()
    else
        fresh()
    print moment(field[records, 0]) "," field[records, 1] "," field[records, 2] "," \
        money(field[records, 3]) "," field[records, 4] "," field[records, 5] >file
    records++
}

BEGIN {
    for (seed = first; seed <= last; seed++) {
        state = seed * 48271 % 2147483647
        for (i = 0; i < 5; i++)
            dice(2)
        name = folder "/" seed
        many = parameters()
        records = 0
        now = 1767614400000 + unit * dice(10) # 2026-01-05T12:00:00Z
        far = dice(3) ? now + 200 * unit + jump : 4070908800000 # or 2099-01-01
        rows = 20 + dice(60)
        for (s = 1; s <= many; s++) {
            file = s == 1 ? name ".csv" : name "_2.csv"
            print "time,id,user,amount,region,kind" >file
            for (r = 0; r < rows; r++)
                row(file)
            close(file)
            now -= unit * dice(20)
        }
        close(name ".params")
        close(name ".json")
    }
}
