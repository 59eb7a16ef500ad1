import { Component, type ReactNode } from 'react';

interface Props {
  readonly name: string;
  readonly children: ReactNode;
}

/** Keeps a fault in one view from taking the page with it; the rest goes on and the view can be tried again. */
export class ErrorBoundary extends Component<Props, { readonly fault: string }> {
  override state = { fault: '' };

  static getDerivedStateFromError(error: unknown) {
    return { fault: String(error) };
  }

  override render() {
    if (this.state.fault === '') return this.props.children;
    return (
      <div className="fault" role="alert">
        <p>
          <strong>{this.props.name} could not be drawn.</strong> This is a fault in Vcore; the
          machine is not affected.
        </p>
        <p className="value">{this.state.fault}</p>
        <button
          type="button"
          className="button is-plain"
          onClick={() => this.setState({ fault: '' })}
        >
          draw it again
        </button>
      </div>
    );
  }
}
