/**
 * Files that are there whole or not at all: whether a place can be written is found out before the work of minutes, and what is written becomes visible with
 * one rename.
 *
 *     checkFile, checkFolder  ->  the work  ->  path.new  --rename-->  path
 *
 * What is no regular file (a pipe, /dev/stdout) cannot be renamed over and is written as it is.
 */
import { accessSync, closeSync, constants, existsSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InputError } from '../options.ts'

/** Pieces of about this many characters go to the file at once. */
const PIECE = 2 ** 20

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()
const isSpecial = (path: string): boolean => existsSync(path) && !statSync(path).isFile() && !statSync(path).isDirectory()

/** The name under which a file is written until it is whole. */
export const unfinished = (path: string): string => (isSpecial(path) ? path : `${whereIs(path)}.new`)

/** Behind a link: a rename would replace the link. */
const whereIs = (path: string): string => (existsSync(path) ? realpathSync(path) : path)

/** Throws InputError, beginning with the flag, unless the file can be written. Leaves nothing behind. */
export function checkFile(flag: string, path: string): void {
  const refuse = (found: string): never => {
    throw new InputError(`${flag} ${path}: found ${found}; accepted is a file that can be written`)
  }
  if (path === '') refuse('no name')
  if (path.endsWith('/') || isFolder(path)) refuse('a folder')
  const folder = dirname(whereIs(path))
  if (!existsSync(folder)) refuse(`no folder ${folder}`)
  if (!isFolder(folder)) refuse(`the file ${folder} where a folder must be`)
  try {
    if (existsSync(path)) accessSync(path, constants.W_OK)
    if (!isSpecial(path)) tryFile(unfinished(path))
  } catch (error) {
    refuse((error as Error).message)
  }
}

/** The same for files in a folder, which may not be there yet. */
export function checkFolder(flag: string, path: string): void {
  const refuse = (found: string): never => {
    throw new InputError(`${flag} ${path}: found ${found}; accepted is a folder that can be written`)
  }
  if (path === '') refuse('no name')
  let there = resolve(path)
  while (!existsSync(there)) there = dirname(there)
  if (!isFolder(there)) refuse(there === resolve(path) ? 'a file' : `the file ${there} where a folder must be`)
  try {
    tryFile(resolve(there, '.hintlab.new'))
  } catch (error) {
    refuse((error as Error).message)
  }
}

/** Hands pieces of text to a file that gets its name when all are there. When `fill` throws, what was there before stays. */
export function writeWhole(path: string, fill: (write: (text: string) => void) => void): void {
  const temporary = unfinished(path)
  try {
    const file = openSync(temporary, 'w')
    try {
      let piece = ''
      fill((text) => {
        piece += text
        if (piece.length < PIECE) return
        writeFileSync(file, piece)
        piece = ''
      })
      // All of it or an error: writeSync may write a part of a piece when the disk is full.
      writeFileSync(file, piece)
    } finally {
      closeSync(file)
    }
    finishFile(path, temporary)
  } catch (error) {
    if (temporary !== path) rmSync(temporary, { force: true })
    throw error
  }
}

/** Gives a file that is whole its name. */
export function finishFile(path: string, temporary: string): void {
  if (temporary !== path) renameSync(temporary, whereIs(path))
}

function tryFile(path: string): void {
  const was = existsSync(path)
  closeSync(openSync(path, 'a'))
  if (!was) rmSync(path)
}
