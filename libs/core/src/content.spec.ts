import { describe, expect, it } from 'vitest';
import { canonicalJson, contentDigest, digestBytes, isJson, mediaTypeOf, sameContent } from './content.ts';
import type { Content } from './event.ts';
import { jsonContent } from './testing/sample-events.ts';

const canonical = (text: string) => canonicalJson(new TextEncoder().encode(text));

describe('canonical JSON', () => {
  it.each([
    ['{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['{"a":{"x":1,"y":[{"p":1,"q":2}]}}', '{ "a" : { "y" : [ {"q":2,"p":1} ], "x" : 1 } }'],
    ['1', '1.0'],
    ['1', '10e-1'],
    ['100', '1E+2'],
    ['0.5', '5e-1'],
    ['0', '-0.0e7'],
    ['-12.50', '-125e-1'],
    ['9007199254740993', '9007199254740993.0'],
    ['1e400', '10e399'],
    ['"a"', '"\\u0061"'],
    ['{"__proto__":1,"a":2}', '{"a":2,"__proto__":1}'],
  ])('is the same for %s and %s', (first, second) => {
    expect(canonical(first)).toBeDefined();
    expect(canonical(first)).toBe(canonical(second));
  });

  it.each([
    ['9007199254740993', '9007199254740992'],
    ['18446744073709551615', '18446744073709551616'],
    ['0.1', '0.10000000000000001'],
    ['1e400', '1e401'],
    ['1', '"1"'],
    ['1', '-1'],
    ['[1,2]', '[2,1]'],
    ['{}', '[]'],
    ['null', '{}'],
    ['{"a":1}', '[["a",1]]'],
    ['{"a":1}', '{"object":[["a",{"number":"1e0"}]]}'],
    ['1', '{"number":"1e0"}'],
    ['{"__proto__":1}', '{}'],
    ['"\u00e9"', '"e\u0301"'],
  ])('differs for %s and %s', (first, second) => {
    expect(canonical(first)).toBeDefined();
    expect(canonical(first)).not.toBe(canonical(second));
  });

  it.each(['', '{', '{"a":1,}', "{'a':1}", '\ufeff{}', '01', 'NaN'])('is nothing for %j, which is not JSON', (text) => {
    expect(canonical(text)).toBeUndefined();
  });

  it('is nothing for bytes that are not UTF-8', () => {
    expect(canonicalJson(new Uint8Array([0x22, 0xff, 0x22]))).toBeUndefined();
  });
});

describe('the media type', () => {
  it('is compared without parameters, spaces and letter case', () => {
    const content: Content = { bytes: new Uint8Array(), contentType: ' Text/HTML ; charset="UTF-8"' };
    expect(mediaTypeOf(content)).toBe('text/html');
  });

  it('is JSON for a payload, and for every +json type', () => {
    expect(isJson(mediaTypeOf(jsonContent('{}')))).toBe(true);
    expect(isJson('application/cloudevents+json')).toBe(true);
    expect(isJson('text/json')).toBe(false);
  });
});

describe('the digest', () => {
  it('has a fixed size', () => {
    expect(contentDigest(jsonContent('{}'))).toHaveLength(digestBytes);
    expect(contentDigest(jsonContent('{}', 'text/plain'))).toHaveLength(digestBytes);
  });

  it('is the same for a payload and the same bytes with a JSON type', () => {
    expect(contentDigest(jsonContent('{"a":1}', 'application/JSON; charset=utf-8'))).toEqual(
      contentDigest(jsonContent('{"a":1}')),
    );
  });

  it('tells bytes and media types apart', () => {
    const contents = [
      jsonContent('a', 'text/plain'),
      jsonContent('b', 'text/plain'),
      jsonContent('a', 'text/html'),
      jsonContent('a'),
    ];
    const digests = contents.map((content) => Buffer.from(contentDigest(content)).toString('hex'));
    expect(new Set(digests).size).toBe(contents.length);
  });

  it('does not change from one version to the next, or stored events would look damaged', () => {
    expect(Buffer.from(contentDigest(jsonContent('{"a":1}'))).toString('hex')).toBe('015abd7f5cc57a2dd94b7590f04ad808');
    expect(Buffer.from(contentDigest(jsonContent('a', 'text/plain'))).toString('hex')).toBe(
      '74f8caf89a5a7bdb1e6d0d0b799d9aa8',
    );
  });
});

describe('the same content', () => {
  it('is the same bytes under the same media type, JSON or not', () => {
    expect(sameContent(jsonContent('{', 'application/json'), jsonContent('{'))).toBe(true);
    expect(sameContent(jsonContent('a', 'text/plain'), jsonContent('a', 'text/plain; q=1'))).toBe(true);
    expect(sameContent(jsonContent('a', 'text/plain'), jsonContent('a', 'text/html'))).toBe(false);
  });

  it('is never found between two contents of which one is not JSON', () => {
    expect(sameContent(jsonContent('{'), jsonContent('['))).toBe(false);
    expect(sameContent(jsonContent('{}'), jsonContent('{'))).toBe(false);
  });
});
