# Writes a table drawn from a known distribution.
#
#   awk -v shape=rings -v n=1000 -v seed=1 -v flip=0.1 -v noise=0 -v moved=0 -f generate.awk
#
# shape: rings, spirals, xor, interactions, linear (two classes); coins (as many classes as `faces`,
#        which have nothing to do with the inputs); waves (a number)
# flip:  share of labels that are the other class
# noise: standard deviation of the noise in a number
# moved: 1 gives the inputs of another source: a sensor with an offset, or turned
#
# The generator is Park and Miller's with the multiplier 48271, exact in doubles: same seed, same
# table, whatever the awk.

function uniform() { state = (state * 48271) % 2147483647; return state / 2147483647 }
function between(low, high) { return low + (high - low) * uniform() }
function normal() { return sqrt(-2 * log(uniform())) * cos(2 * pi * uniform()) }
function either(yes) { if (uniform() < flip) yes = !yes; return yes ? "yes" : "no" }
function emit(label, columns,    i, line) {
    for (i = 1; i <= columns; i++) line = line sprintf("%.6f,", x[i])
    print line label
}
function header(columns,    i, line) {
    for (i = 1; i <= columns; i++) line = line "x" i ","
    print line "label"
}

BEGIN {
    pi = 3.14159265358979
    state = (seed * 7919 + 12345) % 2147483647
    for (i = 0; i < 20; i++) uniform()
    columns["rings"] = columns["spirals"] = 2
    columns["xor"] = 6; columns["interactions"] = columns["linear"] = columns["coins"] = 8
    columns["waves"] = 5
    width = columns[shape]
    header(width)
    for (row = 0; row < n; row++) {
        if (shape == "rings") {
            # Three rings round the middle, the classes in turn; the other source is 0.4 to the right.
            x[1] = between(-1, 1); x[2] = between(-1, 1)
            label = either(int(3 * sqrt(x[1] * x[1] + x[2] * x[2])) % 2 == 1)
            if (moved) x[1] += 0.4
        } else if (shape == "spirals") {
            # Two arms, one and a quarter turns each; the other source is turned by 40 degrees.
            arm = uniform() < 0.5
            length_ = between(0.25, 1)
            turn = 2.5 * pi * length_ + pi * arm + (moved ? 40 / 180 * pi : 0)
            x[1] = length_ * cos(turn) + 0.03 * normal()
            x[2] = length_ * sin(turn) + 0.03 * normal()
            label = either(arm)
        } else if (shape == "xor") {
            # The signs of two inputs agree; four more say nothing.
            for (i = 1; i <= width; i++) x[i] = between(-1, 1)
            label = either(x[1] * x[2] > 0)
        } else if (shape == "waves") {
            for (i = 1; i <= width; i++) x[i] = between(-1, 1)
            label = sprintf("%.6f", 3 * sin(pi * x[1]) + 2 * x[2] * x[3] + x[4] + noise * normal())
            if (moved) x[1] += 0.3
        } else {
            for (i = 1; i <= width; i++) x[i] = normal()
            if (shape == "interactions") label = either(x[1] + x[2] - x[3] + 1.5 * x[4] * x[5] > 0)
            else if (shape == "linear") label = either(x[1] + x[2] - x[3] > 0)
            else label = "face" (int(uniform() * faces) + 1)
            if (moved) x[4] += 1
        }
        emit(label, width)
    }
}
