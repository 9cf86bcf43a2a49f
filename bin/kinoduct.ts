import { App } from 'aws-cdk-lib';
import { kinoduct } from '../lib/kinoduct.ts';

kinoduct(new App());
