using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using XenNet.Server.Hosting;

namespace XenNet.Server.Control;

/// <summary>What a caller on <c>api.listen</c> must say: whoever can say it is as good as root.</summary>
internal sealed class ApiToken
{
    /// <summary>Characters at the least: nobody guesses as many.</summary>
    public const int LengthLeast = 16;

    private const string Scheme = "Bearer ";
    private const int OctetsMost = 4096;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // What is compared has one length whatever the caller says.
    private readonly byte[] _digest;

    private ApiToken(string token) => _digest = DigestOf(token);

    /// <summary>Reads it.</summary>
    /// <exception cref="StartException">The file is not there, others may read it, or it holds no token.</exception>
    public static ApiToken Read(string file)
    {
        if (file == "")
        {
            throw new StartException("api.listen needs api.token-file: anybody on this host could ask there", 2);
        }

        try
        {
            if ((File.GetUnixFileMode(file) & Others) != 0)
            {
                throw new StartException($"api.token-file: {file} is open to others than its owner; chmod 600 {file}", 2);
            }

            using var reader = new StreamReader(file);
            var octets = new char[OctetsMost];
            var token = new string(octets, 0, reader.ReadBlock(octets)).Trim();
            return token.Length >= LengthLeast && !token.AsSpan().ContainsAnyExceptInRange('!', '~')
                ? new ApiToken(token)
                : throw new StartException(
                    $"api.token-file: {file} must hold a line of at least {LengthLeast} letters and digits, such as openssl rand -hex 32 prints", 2);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"api.token-file: {e.Message}", 2);
        }
    }

    /// <summary>True when the caller says it; takes the same time however much of it is right.</summary>
    public bool IsSaidBy(HttpRequest request)
    {
        var said = request.Headers.Authorization.ToString();
        return said.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(_digest, DigestOf(said[Scheme.Length..].Trim()));
    }

    private static byte[] DigestOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
