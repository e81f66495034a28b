#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fetches photos and pictures without a human face from Debian packages, for
# training and judging the finder: DIR/train and DIR/held-out (one in five, never
# trained on).  Needs apt and dpkg; changes nothing outside DIR.
#
# usage: finder-photos.sh DIR
set -euo pipefail
[ $# = 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }

packages=(lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 lxqt-themes
          mate-backgrounds opencv-doc plasma-workspace-wallpapers
          stellarium-data sway-backgrounds tuxpaint-stamps-default
          ukui-wallpapers)
# Pictures with a human face or something that might pass for one, and
# transparent ones.
exclude='lena|messi5|basketball|fuzzy/|/ml\.png|hfs/|rubberwhale|graf[13]'
exclude+='|mermaid|grannysmith|fireman|German_Christmas|final-roll-call'
exclude+='|opencv4/html|aruco|text/.*mask|shape/|friends_by|trimaps'
exclude+='|Transparent-Wallpaper|output_mattes|screenshot|Silk|Spring\.png'

# Drawings, and close views of the ground: no people among them.
more=(extremetuxracer-data openclipart-png palapeli-data)
wanted='openclipart/png/(animals/(amphibian|birds|bugs|dinosaurs|fish|mammals)'
wanted+='|buildings|computer/hardware|containers|electronics|food|office|plants'
wanted+='|recreation/(music|toys)|tools|transportation)'
wanted+='|terrains/|objects/|env/.*/[a-z]*\.png|collection/.*-.*\.jpg'
# not these: people, and pictures of 20,000 pixels' width
unwanted='Evel_Knievel|/chef_|ampel|old_folks|mateya|roadsigns|mobile_phone'

# Copies one picture in five to held-out, the others to train; numbers go on.
number=0
share_out ()
{
  local file folder name
  while IFS= read -r file; do
    number=$((number + 1))
    folder=train
    [ $((number % 5)) = 0 ] && folder=held-out
    name=$(printf '%03d-%s' "$number" "$(basename "$file")")
    cp "$file" "$folder/$name"
  done
}

mkdir -p "$1"/packages "$1"/files "$1"/train "$1"/held-out
cd "$1"/packages
for package in "${packages[@]}" "${more[@]}"; do
  compgen -G "${package}_*.deb" >/dev/null || apt-get download "$package"
  mkdir -p "../files/$package"
  dpkg -x "$package"_*.deb "../files/$package"
done
cd ..
share_out < <(
  find "${packages[@]/#/files/}" -type f -size +40k \
       \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' \) |
    grep -E 'wallpapers|backgrounds|examples|stamps|lxqt|landscapes' |
    grep -Ev "$exclude" | LC_ALL=C sort)
share_out < <(
  find "${more[@]/#/files/}" -type f -size +20k \
       \( -iname '*.jpg' -o -iname '*.png' \) |
    grep -E "$wanted" | grep -Ev "$unwanted" | LC_ALL=C sort)
find train held-out -type f | wc -l
