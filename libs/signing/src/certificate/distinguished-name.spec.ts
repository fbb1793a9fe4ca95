import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Name } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import { AWKWARD_ISSUER, makeCertificate } from '../testing/certificates.js';
import { itWithOpenssl, ScratchFolder } from '../testing/commands.js';
import { readableName, rfc4514Name } from './distinguished-name.js';

const nameOf = (parts: x509.JsonNameParams): Name => AsnConvert.parse(new x509.Name(parts).toArrayBuffer(), Name);
const cn = (text: string): Name => nameOf([{ CN: [{ utf8String: text }] }]);

describe('rfc4514Name', () => {
  it('writes the last part first, joined by commas, and parts of one set by plus (RFC 4514 section 4)', () => {
    expect(rfc4514Name(nameOf([{ DC: ['net'] }, { DC: ['example'] }, { CN: ['J.  Smith'], OU: ['Sales'] }]))).toBe(
      'CN=J.  Smith+OU=Sales,DC=example,DC=net',
    );
  });

  it('writes a type that RFC 4514 does not name by its number, with the DER of the value', () => {
    expect(rfc4514Name(nameOf([{ '2.5.4.97': ['VATPL-1111111111'] }]))).toBe(
      '2.5.4.97=#1310564154504c2d31313131313131313131',
    );
  });

  it.each([
    ['James "Jim" Smith, III', 'CN=James \\"Jim\\" Smith\\, III'],
    ['A+B;C<D>E\\F=G', 'CN=A\\+B\\;C\\<D\\>E\\\\F=G'],
    ['#1', 'CN=\\#1'],
    ['a#1', 'CN=a#1'],
    [' both ends ', 'CN=\\ both ends\\ '],
    [' ', 'CN=\\ '],
    ['Before\rAfter\n\0', 'CN=Before\\0dAfter\\0a\\00'],
    ['Zażółć gęślą', 'CN=Zażółć gęślą'],
    ['\uffff', 'CN=\\ef\\bf\\bf'],
    ['', 'CN='],
  ])('escapes %j', (text, expected) => {
    expect(rfc4514Name(cn(text))).toBe(expected);
  });

  itWithOpenssl()('agrees with OpenSSL about an awkward name', async () => {
    using folder = new ScratchFolder();
    const made = await makeCertificate({ kind: 'ec-p256', issuer: AWKWARD_ISSUER });
    const options = 'esc_2253,esc_ctrl,sep_comma_plus,dn_rev,sname,dump_der,dump_unknown,utf8';
    folder.write('certificate.pem', made.certificatePem);
    const { output } = folder.run(
      'openssl',
      'x509',
      '-in',
      'certificate.pem',
      '-noout',
      '-issuer',
      '-nameopt',
      options,
    );
    const ours = rfc4514Name(
      AsnConvert.parse(new x509.X509Certificate(made.certificatePem).issuerName.toArrayBuffer(), Name),
    );

    // OpenSSL has a short name for organizationIdentifier, which RFC 4514 does not know.
    const theirs = output.trim().replace('issuer=', '').replace('organizationIdentifier=VATPL-1111111111', '*');
    expect(ours.replace('2.5.4.97=#1310564154504c2d31313131313131313131', '*')).toBe(theirs);
  });
});

describe('readableName', () => {
  it("writes the types of KSeF's certificates by name, with readable values", () => {
    const name = nameOf([{ C: ['PL'] }, { '2.5.4.97': ['VATPL-5265877635'] }, { '2.5.4.5': ['PNOPL-44051401458'] }]);

    expect(readableName(name)).toBe('serialNumber=PNOPL-44051401458,organizationIdentifier=VATPL-5265877635,C=PL');
  });
});
