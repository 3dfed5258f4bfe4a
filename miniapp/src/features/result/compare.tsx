import { Image, Text, View } from '@tarojs/components';
import type { CommonEvent, ITouchEvent } from '@tarojs/components';
import { createSelectorQuery } from '@tarojs/taro';
import { useRef, useState } from 'react';
import { spoken } from '../../platform/spoken';
import './compare.scss';

/** A phone's view takes about thirty changes a second well; each one is a single style on two elements. */
const frameMs = 32;

/** Taro types a view's touches as plain events. */
type TouchEvent = CommonEvent & Partial<Pick<ITouchEvent, 'touches' | 'changedTouches'>>;

interface Box {
  left: number;
  width: number;
}

const stops = [
  { id: 'compare-before', name: '原图', at: 100 },
  { id: 'compare-both', name: '对比', at: 50 },
  { id: 'compare-after', name: '成图', at: 0 },
] as const;

/**
 * The photo over the picture, cut at a line that a finger moves. `at` is the share of the width, in percent, that shows
 * the photo. The three buttons do the same without dragging.
 */
export function Compare({ before, after }: { before: string; after: string }) {
  const [at, setAt] = useState<number>(50);
  const box = useRef<Box | null>(null);
  const lastMoveMs = useRef(0);

  function measure(event: TouchEvent): void {
    createSelectorQuery()
      .select('#compare')
      .boundingClientRect((rect) => {
        if (rect && !Array.isArray(rect)) box.current = { left: rect.left, width: rect.width };
        moveTo(event);
      })
      .exec();
  }

  function move(event: TouchEvent): void {
    const now = Date.now();
    if (now - lastMoveMs.current < frameMs) return;
    lastMoveMs.current = now;
    moveTo(event);
  }

  function moveTo(event: TouchEvent): void {
    const touch = event.touches?.[0] ?? event.changedTouches?.[0];
    if (!touch || !box.current) return;
    setAt(shareAt(touch.clientX, box.current));
  }

  return (
    <View className="compare">
      <View className="compare__window">
        <View
          id="compare"
          className="compare__frame"
          catchMove
          onTouchStart={measure}
          onTouchMove={move}
          onTouchEnd={moveTo}
          {...spoken({ role: 'slider', label: '左右拖动，对比原图和成图', valueNow: at })}
        >
          <Image className="compare__picture" src={after} mode="aspectFit" />
          <View className="compare__before" style={cutAt(at)}>
            <Image className="compare__picture" src={before} mode="aspectFit" />
          </View>
          {at > 0 && at < 100 && (
            <View className="compare__line" style={{ left: `${at}%` }}>
              <View className="compare__knob" />
            </View>
          )}
        </View>
      </View>
      <View className="compare__stops">
        {stops.map((stop) => (
          <View
            key={stop.id}
            id={stop.id}
            className={`compare__stop${at === stop.at ? ' compare__stop--on' : ''}`}
            onClick={() => setAt(stop.at)}
            {...spoken({ role: 'tab', isSelected: at === stop.at })}
          >
            <Text>{stop.name}</Text>
          </View>
        ))}
      </View>
    </View>
  );
}

/** Where the finger is, in whole percent of the box: a whole one is less than a pixel of a thumb. */
export function shareAt(x: number, { left, width }: Box): number {
  if (width <= 0) return 50;
  return Math.round(Math.min(100, Math.max(0, ((x - left) / width) * 100)));
}

function cutAt(at: number): Record<string, string> {
  const cut = `inset(0 ${100 - at}% 0 0)`;
  return { clipPath: cut, WebkitClipPath: cut };
}
