"""Draws the curves of depth.sh: python3 curves.py DIRECTORY > ../../docs/depth.svg

A line for each run in DIRECTORY: mean training loss by epoch, on a logarithmic scale.
"""

import csv
import glob
import math
import sys

COLOURS = {"plain20": "#c96", "plain56": "#a33", "resnet20": "#69c", "resnet56": "#236"}
WIDTH, HEIGHT, LEFT, TOP = 480, 300, 60, 20
LOW, HIGH = math.log10(0.003), math.log10(3)


def place(epoch, epochs, loss):
    x = LEFT + (epoch - 1) / (epochs - 1) * (WIDTH - LEFT - 110)
    y = TOP + (HIGH - math.log10(loss)) / (HIGH - LOW) * (HEIGHT - TOP - 40)
    return x, y


print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">')
print(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>')
for loss in (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3):
    x, y = place(1, 2, loss)
    print(f'<line x1="{x}" x2="{WIDTH - 110}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
    print(f'<text x="{x - 6}" y="{y + 4:.1f}" text-anchor="end">{loss}</text>')
for network, colour in COLOURS.items():
    ends = []
    for path in sorted(glob.glob(f"{sys.argv[1]}/*{network}-?/history.csv")):
        losses = [float(row["train_loss"]) for row in csv.DictReader(open(path))]
        points = [place(at + 1, len(losses), loss) for at, loss in enumerate(losses)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        print(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        ends.append(points[-1])
    x, y = ends[0]
    print(f'<text x="{x + 6:.1f}" y="{y + 4:.1f}" fill="{colour}">{network}</text>')
print(f'<text x="{LEFT}" y="{HEIGHT - 12}">training loss by epoch, 1 to 15</text>')
print("</svg>")
