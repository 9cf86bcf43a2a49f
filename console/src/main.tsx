import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/pages.css';
import { render } from 'preact';
import { App } from './app/app.tsx';
import { startSession } from './app/session.ts';

const root = document.getElementById('app');
if (root) render(<App />, root);
void startSession();
