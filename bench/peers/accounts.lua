-- wrk asks for rows of pgbench's table, each as likely as any other.
function request()
    return wrk.format("GET", "/bench/accounts/" .. math.random(100000))
end
