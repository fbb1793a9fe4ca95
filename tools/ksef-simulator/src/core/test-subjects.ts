import type { ContextIdentifier } from './context.js';
import type { PermissionBook } from './permissions.js';
import { PERMISSIONS } from './permissions.js';
import { refuse } from './refusals.js';

/** A company or office made up for tests. */
export interface TestSubject {
  readonly subjectNip: string;
  readonly subjectType: 'EnforcementAuthority' | 'VatGroup' | 'JST';
  readonly subunits?: readonly { readonly subjectNip: string }[] | null;
}

/** A person made up for tests, with the NIP of the business. */
export interface TestPerson {
  readonly nip: string;
  readonly pesel: string;
  readonly isBailiff: boolean;
}

/** Subjects and persons of the official test-data operations. */
export class TestSubjects {
  readonly #subjects = new Map<string, TestSubject>();
  readonly #persons = new Map<string, TestPerson>();

  constructor(private readonly permissions: PermissionBook) {}

  /** A group or local government may issue for its units. @throws {KsefRefusal} 30001 when it is there already */
  addSubject(subject: TestSubject): void {
    if (this.#subjects.has(subject.subjectNip)) throw refuse(30001);
    this.#subjects.set(subject.subjectNip, subject);
    for (const unit of subject.subunits ?? []) this.permissions.allowIssuing(nip(subject.subjectNip), unit.subjectNip);
  }

  /** Nobody misses a subject that is not there. */
  removeSubject(subjectNip: string): void {
    for (const unit of this.#subjects.get(subjectNip)?.subunits ?? []) {
      this.permissions.forbidIssuing(nip(subjectNip), unit.subjectNip);
    }
    this.#subjects.delete(subjectNip);
  }

  /** The person owns the business: all permissions in its context. @throws {KsefRefusal} 30001 */
  addPerson(person: TestPerson): void {
    if (this.#persons.has(person.nip)) throw refuse(30001);
    this.#persons.set(person.nip, person);
    const owned = PERMISSIONS.filter((permission) => person.isBailiff || permission !== 'EnforcementOperations');
    this.permissions.grant(nip(person.nip), { type: 'Pesel', value: person.pesel }, owned);
  }

  removePerson(ofNip: string): void {
    const person = this.#persons.get(ofNip);
    if (person === undefined) return;
    this.permissions.revoke(nip(ofNip), { type: 'Pesel', value: person.pesel });
    this.#persons.delete(ofNip);
  }
}

function nip(value: string): ContextIdentifier {
  return { type: 'Nip', value };
}
