import { expect, test } from 'vitest'
import { parseSize, sizeOrSame } from './size.ts'

test('sizes', () => {
  const texts = ['4G', '512M', '512 MiB', '512mb', '1.5g', '65536', '64k', '1T', '', 'G', '4X', '-4G', '4 G B', '1e9', '0x10']
  expect(texts.map((text) => `${text}=${parseSize(text)}`).join(' ')).toMatchInlineSnapshot(`"4G=4294967296 512M=536870912 512 MiB=536870912 512mb=536870912 1.5g=1610612736 65536=65536 64k=65536 1T=1099511627776 =null G=null 4X=null -4G=null 4 G B=null 1e9=null 0x10=null"`)
})

test('what is no size stays what it is, for a schema to judge', () => {
  expect(['2M', '2X', 5, null].map(sizeOrSame)).toEqual([2097152, '2X', 5, null])
})
