// End-to-end tests only; nothing to import.
export {};
