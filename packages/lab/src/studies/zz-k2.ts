import { Columns, GIB, SECOND } from '@hintlab/kit'
import * as m from './knobs-model.ts'
